-- in one company a partner may have several roles
with memberships as (

    select
        partner_id,
        company_id,
        min(partner_kind_id) as partner_kind_id,
        min(partner_kind) as partner_kind,
        min(partner_name) as first_name,
        min(partner_document) as partner_document,
        min(partner_company_id) as partner_company_id,
        min(age_band) as youngest_age_band,
        max(age_band) as oldest_age_band,
        min(country_id) as country_id,
        min(entry_date) as first_entry_date,
        max(entry_date) as last_entry_date
    from {{ ref('company_partners') }}
    group by partner_id, company_id

),

summed as (

    select
        memberships.partner_id,
        min(memberships.partner_kind_id) as partner_kind_id,
        min(memberships.partner_kind) as partner_kind,
        min(memberships.first_name) as first_name,
        min(memberships.partner_document) as partner_document,
        min(memberships.partner_company_id) as partner_company_id,
        min(memberships.youngest_age_band) as youngest_age_band,
        max(memberships.oldest_age_band) as oldest_age_band,
        min(memberships.country_id) as country_id,
        count(*) as company_count,
        {%- for status in ['active', 'suspended', 'unfit', 'closed'] %}
        count(case when companies.status = '{{ status }}' then 1 end) as {{ status }}_company_count,
        {%- endfor %}
        min(memberships.first_entry_date) as first_entry_date,
        max(memberships.last_entry_date) as last_entry_date
    from memberships
    left join {{ ref('dim_company') }} as companies
        on memberships.company_id = companies.company_id
    group by memberships.partner_id

),

ambiguous as (

    select partner_id
    from {{ ref('company_partners') }}
    group by partner_id
    having min(partner_name) < max(partner_name)

),

-- few are written in several ways: of those the most common, and of equals the first
spelled as (

    select
        partners.partner_id,
        partners.partner_name,
        row_number() over (
            partition by partners.partner_id
            order by count(*) desc, partners.partner_name asc
        ) as spelling_number
    from {{ ref('company_partners') }} as partners
    inner join ambiguous on partners.partner_id = ambiguous.partner_id
    group by partners.partner_id, partners.partner_name

)

select
    summed.partner_id,
    summed.partner_kind_id,
    summed.partner_kind,
    coalesce(spelled.partner_name, summed.first_name) as partner_name,
    summed.partner_document,
    summed.partner_company_id,
    case
        when summed.partner_company_id is not null then 'exact'
        when summed.partner_document is null or summed.youngest_age_band < summed.oldest_age_band
            then 'name_only'
        else 'likely'
    end as identity_confidence,
    coalesce(summed.youngest_age_band < summed.oldest_age_band, false) as has_conflicting_ages,
    case when summed.youngest_age_band = summed.oldest_age_band then summed.oldest_age_band end
        as age_band,
    summed.country_id,
    summed.company_count,
    summed.active_company_count,
    summed.suspended_company_count,
    summed.unfit_company_count,
    summed.closed_company_count,
    summed.first_entry_date,
    summed.last_entry_date

from summed
left join spelled on summed.partner_id = spelled.partner_id and spelled.spelling_number = 1
