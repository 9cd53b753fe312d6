with partners as (

    select * from {{ ref('int_partners_cleaned') }}

),

documented as (

    select
        *,
        case
            when partner_kind_id = '1' and length(partner_document) = 14
                then substring(partner_document, 1, 8)
        end as partner_company_id,
        -- who has no name either is nobody else
        coalesce({{ name_key('partner_name') }}, partner_key) as name_key
    from partners

)

select
    *,
    case
        -- a branch is the same owner as its headquarters
        when partner_company_id is not null
            then {{ surrogate_key(['partner_kind_id', 'partner_company_id']) }}
        when partner_document is not null
            then {{ surrogate_key(['partner_kind_id', 'partner_document', 'name_key']) }}
        else {{ surrogate_key(['partner_kind_id', 'name_key', 'country_id']) }}
    end as partner_id

from documented
