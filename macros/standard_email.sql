{# A mailbox in small letters, or null for what is none: `NAO TEM`, a web address, two in one. #}
{% macro standard_email(column) -%}
    case
        when
            {{ column }} like '%_@_%._%'
            and {{ column }} not like '%@%@%'
            and trim({{ column }}, ' ') not like '% %'
            and {{ column }} not like '%,%'
            and {{ column }} not like '%.@%'
            and {{ is_plain_text(column) }}
            then lower(trim({{ column }}, ' '))
    end
{%- endmacro %}
