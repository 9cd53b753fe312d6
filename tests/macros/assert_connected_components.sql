-- Literal rows: a chain in the order of its names, a ring, a star and a pair; one node links two.
with pairs as (

    {% for place in range(1, 200) %}
    select
        'chain {{ 1000 + place }}' as node_id,
        'chain {{ 1001 + place }}' as linked_id
    union all
    {% endfor %}
    {%- for place in range(7) %}
    select
        'ring {{ place }}' as node_id,
        'ring {{ (place + 1) % 7 }}' as linked_id
    union all
    select
        'star' as node_id,
        'star {{ place }}' as linked_id
    union all
    {%- endfor %}
    select
        'pair 1' as node_id,
        'pair 2' as linked_id

),

links as (

    select * from pairs
    union all
    select
        linked_id as node_id,
        node_id as linked_id
    from pairs

),

{{ connected_components('links') }},

found as (

    select
        split_part(node_id, ' ', 1) as expected,
        count(*) as node_count,
        count(distinct component_id) as component_count,
        sum(case when is_unfinished then 1 else 0 end) as unfinished_count
    from components
    group by split_part(node_id, ' ', 1)

)

select *
from found
where
    component_count <> 1
    or unfinished_count <> 0
    or node_count <> case expected
        when 'chain' then 200
        when 'ring' then 7
        when 'star' then 8
        when 'pair' then 2
    end
