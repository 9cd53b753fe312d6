{#- Who is not both owner and owned is in no circle. After so many rounds nothing is left of chains
    twice as long, and only what lies between circles is walked in vain. -#}
{%- set rounds = 16 -%}
with recursive ownerships as (

    select * from {{ ref('company_ownerships') }}

),

links_0 as (

    select distinct
        owner_company_id,
        company_id
    from ownerships
    where owner_company_id <> company_id

),

self_owners as (

    select distinct company_id
    from {{ ref('company_ownerships') }}
    where is_self_owned

),
{% for round in range(1, rounds + 1) %}
links_{{ round }} as (

    select links.*
    from links_{{ round - 1 }} as links
    where
        links.owner_company_id in (select owned.company_id from links_{{ round - 1 }} as owned)
        and links.company_id in (select own.owner_company_id from links_{{ round - 1 }} as own)

),
{% endfor %}
-- Pairs, not paths: there are many more ways through a dense group than companies in it.
reached as (

    select
        owner_company_id as company_id,
        company_id as reached_id
    from links_{{ rounds }}
    union
    select
        reached.company_id,
        links.company_id as reached_id
    from reached
    inner join links_{{ rounds }} as links on reached.reached_id = links.owner_company_id

),

circles as (

    select
        there.company_id,
        min(there.reached_id) as circle_key,
        count(*) as company_count
    from reached as there
    inner join reached as back
        on there.company_id = back.reached_id and there.reached_id = back.company_id
    group by there.company_id

)

select
    coalesce(circles.circle_key, self_owners.company_id) as circle_key,
    coalesce(circles.company_id, self_owners.company_id) as company_id,
    coalesce(circles.company_count, 1) as company_count,
    self_owners.company_id is not null as is_self_owned

from circles
full outer join self_owners on circles.company_id = self_owners.company_id
