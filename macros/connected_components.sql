{#
    CTEs that find which nodes of a relation of links (`node_id`, `linked_id`; text, both ways
    round, none to itself) hang together. The last is `components`: node_id, component_id (any
    text, alike for all of a component), is_unfinished.

    In every round each node becomes one with the least of its neighbours, and the links between
    those go on. Labels begin with a hash, so that about half of the nodes are left however they
    hang together, and all rounds cost little more than the first two. A component is found after
    fewer rounds than it has nodes, and twenty do for a chain of 50,000: of what has links left
    after the last, only parts are found, and they are `is_unfinished`.
#}
{% macro connected_components(links, rounds=20) -%}
    links_0 as (

        select distinct
            left(md5(node_id), 8) || node_id as label,
            left(md5(linked_id), 8) || linked_id as linked_label
        from {{ links }}

    ),
    {% for round in range(1, rounds + 1) %}
    merged_{{ round }} as (

        select
            label,
            least(label, min(linked_label)) as next_label
        from links_{{ round - 1 }}
        group by label

    ),

    -- in two steps, and the first one finished: no planner shall pair all nodes with all others
    half_{{ round }} as materialized (

        select
            merged.next_label as label,
            links.linked_label
        from links_{{ round - 1 }} as links
        inner join merged_{{ round }} as merged on links.label = merged.label

    ),

    links_{{ round }} as (

        select distinct
            half.label,
            merged.next_label as linked_label
        from half_{{ round }} as half
        inner join merged_{{ round }} as merged on half.linked_label = merged.label
        where half.label <> merged.next_label

    ),
    {% endfor %}
    found_{{ rounds + 1 }} as (

        select distinct
            label,
            label as last_label,
            true as is_unfinished
        from links_{{ rounds }}

    ),
    {% for round in range(rounds, 0, -1) %}
    found_{{ round }} as (

        select
            merged.label,
            coalesce(later.last_label, merged.next_label) as last_label,
            coalesce(later.is_unfinished, false) as is_unfinished
        from merged_{{ round }} as merged
        left join found_{{ round + 1 }} as later on merged.next_label = later.label

    ),
    {% endfor %}
    components as (

        select
            substring(label, 9) as node_id,
            last_label as component_id,
            is_unfinished
        from found_1

    )
{%- endmacro %}
