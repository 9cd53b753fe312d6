{#
    What is left of a seller's nickname when how it is written is taken away: accents, case, signs,
    digits that stand for letters, and the words any shop adds. Not shorter than 3 characters: a
    nickname of nothing but such words is kept whole.
#}
{% macro nickname_key(column) -%}
    {%- set plain = replace_pattern(
        'translate(upper(' ~ fold_accents(column) ~ "), '01345', 'OIEAS')", '[^A-Z0-9]', ''
    ) -%}
    {%- set bare = replace_pattern(
        replace_pattern(plain, '^(LOJAS?|STORE|SHOP|OFICIAL)+', ''),
        '(LOJAS?|STORE|SHOP|OFICIAL|BR)+$', ''
    ) -%}
    case when length({{ bare }}) < 3 then {{ plain }} else {{ bare }} end
{%- endmacro %}
