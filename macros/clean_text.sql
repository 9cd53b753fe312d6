{#
    A text fit to be read: line breaks become spaces, ends are trimmed, nothing is null.
    The registry is published as latin-1 but typed in Windows-1252, so the bytes 0x80-0x9F are
    quotes, dashes and the euro sign; the five that Windows-1252 leaves undefined are dropped.
    To see that a text is plain is ten times cheaper than to translate it.
#}
{% macro clean_text(column) -%}
    nullif(trim(case
        when {{ is_plain_text(column) }} then {{ column }}
        else translate({{ column }}, '{{ "\n\r\t" ~ c1_characters() }}', '   {{ windows_1252_characters() }}')
    end, ' '), '')
{%- endmacro %}

{# What latin-1 makes of 0x80-0x9F; the undefined 0x81 0x8D 0x8F 0x90 0x9D come last. #}
{% macro c1_characters() -%}
    {{- "\u0080\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008a\u008b\u008c\u008e\u0091\u0092" -}}
    {{- "\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009a\u009b\u009c\u009e\u009f" -}}
    {{- "\u0081\u008d\u008f\u0090\u009d" -}}
{%- endmacro %}

{# The same bytes in Windows-1252, those that exist in it. #}
{% macro windows_1252_characters() -%}
    {{- "\u20ac\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u017d\u2018\u2019" -}}
    {{- "\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u017e\u0178" -}}
{%- endmacro %}
