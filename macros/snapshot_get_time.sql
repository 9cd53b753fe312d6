{#
    dbt stamps a hard delete with the time of the run. Here a row that vanishes did so when the
    world was last observed: at the newest `updated_at` of the snapshotted relation.
#}
{% macro observation_time() -%}
    (
        select max(observed.{{ config.get('updated_at') }})
        from ({{ model['compiled_code'] }}) as observed
    )
{%- endmacro %}

{% macro postgres__snapshot_get_time() -%}
    {{ observation_time() }}
{%- endmacro %}

{% macro duckdb__snapshot_get_time() -%}
    {{ observation_time() }}
{%- endmacro %}
