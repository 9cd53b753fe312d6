with companies as (

    select * from {{ ref('int_companies_continued') }}

),

-- founders come with their company, and go with it
versions as (

    select
        partners.*,
        -- who leaves and enters at once has other terms: a name, a role, a date of entry
        max(case when partners.was_shown then 1 else 0 end) over same_person = 1 as has_left,
        max(case when partners.is_shown then 1 else 0 end) over same_person = 1 as has_entered,
        max(case when partners.was_shown then partners.partner_name end) over same_person
            as name_before
    from {{ ref('int_partners_compared') }} as partners
    inner join companies
        on
            partners.company_id = companies.company_id
            and partners.observed_date = companies.observed_date
    where partners.is_shown <> partners.was_shown
    window
        same_person as (
            partition by
                partners.company_id, partners.observed_date, partners.partner_kind_id,
                -- a company by its root, people by their masked document, whatever they are called
                case
                    when partners.partner_kind_id = '1'
                        then substring(partners.partner_document, 1, 8)
                    else coalesce(partners.partner_document, partners.partner_name)
                end
        )

)

select
    company_id,
    cast(null as {{ dbt.type_string() }}) as cnpj,
    partner_key,
    case
        when has_left and has_entered then 'partner_terms_changed'
        when is_shown then 'partner_in'
        else 'partner_out'
    end as change_kind,
    name_before as before_value,
    case when is_shown then partner_name end as after_value,
    case when is_shown and entry_date <= observed_date then entry_date else observed_date end
        as changed_date,
    observed_date

from versions
where is_shown or not has_entered
