{#
    What a snapshot's run changes, found by one join of what is shown now with what was current.
    dbt's own statement reads both four or five times, which a registry of 70 million rows feels.
    The outcome is the same: versions that begin ('insert'), and those that end ('update', or
    'delete' where the row is no longer shown). Knows unique keys of one column, and dbt's own names
    for its columns.
#}
{% macro postgres__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {{ snapshot_changes(strategy, source_sql, target_relation) }}
{%- endmacro %}

{% macro duckdb__snapshot_staging_table(strategy, source_sql, target_relation) -%}
    {{ snapshot_changes(strategy, source_sql, target_relation) }}
{%- endmacro %}

{% macro snapshot_changes(strategy, source_sql, target_relation) -%}
    {%- if strategy.unique_key is not string -%}
        {{ exceptions.raise_compiler_error("a snapshot's unique key is one column here") }}
    {%- endif -%}
    {%- set known = adapter.get_columns_in_relation(target_relation) | map(attribute='name') | list -%}
    {%- set current = config.get('dbt_valid_to_current') -%}
    {%- set sees_deletes = strategy.hard_deletes != 'ignore' -%}
    {%- set records_deletes = strategy.hard_deletes == 'new_record' -%}
    {%- set shown, earlier, compared = [], [], [] -%}
    {%- for name in get_columns_in_query(source_sql) -%}
        {%- set column, previous = adapter.quote(name), adapter.quote('dbt_previous_' ~ name) -%}
        {%- set origin = 'snapshotted_data' if name in known else 'source_data' -%}
        {%- do shown.append(column) -%}
        {%- do earlier.append(previous ~ ' as ' ~ column) -%}
        {%- do compared.append('source_data.' ~ column) -%}
        {%- do compared.append(origin ~ '.' ~ column ~ ' as ' ~ previous) -%}
    {%- endfor -%}
    with snapshotted_data as (

        select
            *,
            {{ strategy.unique_key }} as dbt_unique_key,
            true as dbt_was_shown
        from {{ target_relation }}
        where {{ 'dbt_valid_to = ' ~ current ~ ' or ' if current }} dbt_valid_to is null

    ),

    source_data as (

        select
            *,
            {{ strategy.unique_key }} as dbt_unique_key,
            true as dbt_is_shown
        from ({{ source_sql }}) as shown

    ),

    changed as (

        select
            {{ compared | join(',\n            ') }},
            source_data.dbt_unique_key,
            source_data.dbt_is_shown,
            snapshotted_data.dbt_unique_key as dbt_previous_unique_key,
            snapshotted_data.dbt_was_shown,
            snapshotted_data.dbt_scd_id as dbt_previous_scd_id,
            {{ 'snapshotted_data.dbt_is_deleted as dbt_previous_is_deleted,' if records_deletes }}
            snapshotted_data.dbt_valid_to as dbt_previous_valid_to
        from source_data
        {{ 'full' if sees_deletes else 'left' }} join snapshotted_data
            on source_data.dbt_unique_key = snapshotted_data.dbt_unique_key
        where case
            when snapshotted_data.dbt_was_shown is null then true
            {%- if sees_deletes %}
            when source_data.dbt_is_shown is null
                then {{ "snapshotted_data.dbt_is_deleted = 'False'" if records_deletes else 'true' }}
            {%- endif %}
            else {{ strategy.row_changed }}
                {{ "or snapshotted_data.dbt_is_deleted = 'True'" if records_deletes }}
        end

    )
    {%- if sees_deletes %},

    -- looked for where something was deleted only; where nothing at all is shown, nothing was observed
    observed as (

        select dbt_observed_at
        from (
            select {{ snapshot_get_time() }} as dbt_observed_at
            where exists (select 1 from changed where dbt_is_shown is null)
        ) as newest
        where dbt_observed_at is not null

    )
    {%- endif %}

    select
        'insert' as dbt_change_type,
        {{ shown | join(', ') }},
        dbt_unique_key,
        {{ strategy.updated_at }} as dbt_updated_at,
        {{ strategy.updated_at }} as dbt_valid_from,
        {{ get_dbt_valid_to_current(strategy, get_snapshot_table_column_names()) }},
        {{ "'False' as dbt_is_deleted," if records_deletes }}
        {{ strategy.scd_id }} as dbt_scd_id
    from changed
    where dbt_is_shown
    union all
    select
        'update' as dbt_change_type,
        {{ shown | join(', ') }},
        dbt_unique_key,
        {{ strategy.updated_at }} as dbt_updated_at,
        {{ strategy.updated_at }} as dbt_valid_from,
        {{ strategy.updated_at }} as dbt_valid_to,
        {{ 'dbt_previous_is_deleted as dbt_is_deleted,' if records_deletes }}
        dbt_previous_scd_id as dbt_scd_id
    from changed
    where dbt_is_shown and dbt_was_shown
    {%- if sees_deletes %}
    union all
    select
        'delete' as dbt_change_type,
        {{ earlier | join(', ') }},
        dbt_previous_unique_key as dbt_unique_key,
        dbt_observed_at as dbt_updated_at,
        dbt_observed_at as dbt_valid_from,
        dbt_observed_at as dbt_valid_to,
        {{ 'dbt_previous_is_deleted as dbt_is_deleted,' if records_deletes }}
        dbt_previous_scd_id as dbt_scd_id
    from changed
    cross join observed
    where dbt_is_shown is null
    {%- endif %}
    {%- if records_deletes %}
    union all
    select
        'insert' as dbt_change_type,
        {{ earlier | join(', ') }},
        dbt_previous_unique_key as dbt_unique_key,
        dbt_observed_at as dbt_updated_at,
        dbt_observed_at as dbt_valid_from,
        dbt_previous_valid_to as dbt_valid_to,
        'True' as dbt_is_deleted,
        {{ snapshot_hash_arguments(['dbt_previous_scd_id', 'dbt_observed_at']) }} as dbt_scd_id
    from changed
    cross join observed
    where dbt_is_shown is null
    {%- endif %}
{%- endmacro %}
