{# How many rows of a relation repeat a key another row has already. #}
{% macro surplus_rows(relation, key) -%}
    (
        select coalesce(sum(copies - 1), 0)
        from (
            select count(*) as copies
            from {{ relation }}
            group by {{ key | join(', ') }}
            having count(*) > 1
        ) as repeated
    )
{%- endmacro %}
