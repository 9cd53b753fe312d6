with partners as (

    select partner_id
    from {{ ref('dim_partner') }}
    where
        identity_confidence in ('exact', 'likely')
        and company_count between 2 and {{ var('shared_partner_hub') }}

),

memberships as (

    select
        company_partners.partner_id,
        company_partners.company_id,
        min(company_partners.company_id) over (
            partition by company_partners.partner_id
        ) as first_company_id
    from {{ ref('company_partners') }} as company_partners
    inner join partners on company_partners.partner_id = partners.partner_id

),

links as (

    select
        first_company_id as node_id,
        company_id as linked_id
    from memberships
    where first_company_id <> company_id
    union all
    select
        company_id as node_id,
        first_company_id as linked_id
    from memberships
    where first_company_id <> company_id

),

{{ connected_components('links') }},

companies as (

    select
        component_id,
        min(node_id) as group_key,
        count(*) as company_count
    from components
    group by component_id

),

-- a partner's companies are all in one group, so its first one tells which
shared_partners as (

    select
        components.component_id,
        count(distinct memberships.partner_id) as partner_count
    from memberships
    inner join components on memberships.first_company_id = components.node_id
    where memberships.first_company_id = memberships.company_id
    group by components.component_id

)

select
    companies.group_key,
    components.node_id as company_id,
    companies.company_count,
    shared_partners.partner_count,
    components.is_unfinished
    or companies.company_count > {{ var('shared_partner_group_cap') }} as is_too_large

from components
inner join companies on components.component_id = companies.component_id
inner join shared_partners on components.component_id = shared_partners.component_id
