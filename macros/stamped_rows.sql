{#
    The rows of a release as a snapshot reads them: with the extraction date, and with what the
    release could not show. A damaged row or a missing file is unseen, not gone, so it is carried
    over from the history: of a complete release only what was damaged (`damaged`, a condition on
    the snapshot's rows), of a partial one all that is not shown. The snapshot reads the model this
    makes, so it is named and not referred to: that would be a cycle. A whole statement.
    `published` is where the keys that are shown can be looked up cheaply.
#}
{% macro stamped_rows(relation, published, snapshot, key, columns, damaged=none) -%}
    {%- set history = adapter.get_relation(
        database=target.database, schema='snapshots', identifier=snapshot
    ) if execute -%}
    with releases as (

        select * from {{ ref('stg_cnpj__releases') }}

    ),

    shown as (

        select {{ columns | join(', ') }}
        from {{ relation }}

    ),
    {% if history %}
    unseen as (
        {% for condition in [
            damaged ~ ' and not (select is_partial from releases)' if damaged,
            '(select is_partial from releases)',
        ] if condition %}
        select {{ columns | join(', ') }}
        from {{ history }}
        where
            dbt_valid_to = cast('9999-12-31' as timestamp)
            and dbt_is_deleted = 'False'
            and {{ condition }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}

    ),

    carried_over as (

        select unseen.*
        from unseen
        -- the rows as published: their number is known to the planner, that of cleaned ones is not
        left join {{ published }} as published on unseen.{{ key }} = published.{{ key }}
        where published.{{ key }} is null

    ),
    {% endif %}
    stamped as (

        select * from shown
        {% if history %}
        union all
        select * from carried_over
        {% endif %}

    )

    select
        stamped.*,
        releases.extracted_at
    from stamped
    cross join releases
{%- endmacro %}

{# Whether the release has a row of a table with this key that could not be read. #}
{% macro is_damaged(key, table) -%}
    {{ key }} in (
        select row_key from {{ ref('stg_cnpj__unreadable_rows') }} where source_table = '{{ table }}'
    )
{%- endmacro %}
