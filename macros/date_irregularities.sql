{#
    Conditions on `<name>` and `<name>_text`, a parsed date and its source text, that count
    over several dates of a row: the three spellings of no date, and the dates that are none.
#}
{% macro date_irregularities(names) -%}
    {%- set found = {'null_dates_empty': [], 'null_dates_zero': [], 'null_dates_zeros': [],
                     'impossible_dates': []} -%}
    {%- for name in names -%}
        {%- set text = name ~ '_text' -%}
        {%- do found['null_dates_empty'].append(text ~ ' is null') -%}
        {%- do found['null_dates_zero'].append(text ~ " = '0'") -%}
        {%- do found['null_dates_zeros'].append(text ~ " = '00000000'") -%}
        {%- do found['impossible_dates'].append(
            name ~ ' is null and ' ~ text ~ " not in ('0', '00000000')"
        ) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}
