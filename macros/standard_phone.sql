{#
    A phone as area code and number, 10 digits for a landline and 11 for a mobile, or null for what
    cannot be called. Area codes are padded with zeros and hold none; landlines of 7 digits have
    been given a 3, and mobiles of 8 a 9.
#}
{% macro standard_phone(area, number) -%}
    {%- set area_code = 'ltrim(' ~ area ~ ", '0')" -%}
    case
        when length({{ area_code }}) <> 2 or translate({{ area_code }}, '123456789', '') <> '' then null
        when translate({{ number }}, '0123456789', '') <> '' then null
        when translate({{ number }}, left({{ number }}, 1), '') = '' then null
        when {{ number }} = '12345678' then null
        when length({{ number }}) = 7 and left({{ number }}, 1) >= '2'
            then {{ area_code }} || '3' || {{ number }}
        when length({{ number }}) = 8 and left({{ number }}, 1) between '2' and '5'
            then {{ area_code }} || {{ number }}
        when length({{ number }}) = 8 and left({{ number }}, 1) >= '6'
            then {{ area_code }} || '9' || {{ number }}
        when length({{ number }}) = 9 and left({{ number }}, 1) = '9'
            then {{ area_code }} || {{ number }}
    end
{%- endmacro %}
