{%- set amount = "cast(capital_amount as " ~ dbt.type_string() ~ ") || ' reais'" -%}

with companies as (

    select
        company_id,
        division_id,
        size_id,
        company_size,
        status,
        capital_amount,
        has_placeholder_capital,
        -- business companies but for sole proprietors, lawyers and foreign establishments
        legal_nature_id in ('2046', '2054', '2062', '2070', '2089', '2240', '2305') as is_business
    from {{ ref('dim_company') }}
    where {{ is_not_ended('status') }} and not is_mei

),

amounts as (

    select
        division_id,
        size_id,
        capital_amount,
        count(*) as company_count
    from companies
    where is_business and capital_amount > 0 and status = 'active'
    group by division_id, size_id, capital_amount

),

-- medians by counting: amounts are mostly round, so there is little to put in order
ranked as (

    select
        *,
        sum(company_count) over (
            partition by division_id, size_id order by capital_amount
            rows between unbounded preceding and current row
        ) as companies_so_far,
        sum(company_count) over (partition by division_id, size_id) as companies_in_all
    from amounts

),

usual as (

    select
        division_id,
        size_id,
        min(case when companies_so_far * 2 >= companies_in_all then capital_amount end)
            as median_amount
    from ranked
    group by division_id, size_id
    having sum(company_count) >= {{ var('risk_least_peers') }}

),

judged as (

    select
        companies.company_id,
        companies.capital_amount,
        usual.median_amount,
        case
            when companies.has_placeholder_capital then 'placeholder_capital'
            when companies.is_business and coalesce(companies.capital_amount, 0) <= 0
                then 'no_capital'
            when companies.is_business and companies.capital_amount * 100 < usual.median_amount
                then 'low_capital'
            when companies.company_size = 'micro' and companies.capital_amount >= 10000000
                then 'high_capital_for_size'
        end as rule_id
    from companies
    left join usual
        on companies.division_id = usual.division_id and companies.size_id = usual.size_id

)

select
    company_id,
    rule_id,
    case rule_id
        when 'low_capital'
            then concat({{ amount }}, ', usual are ', median_amount)
        else coalesce({{ amount }}, 'none told')
    end as evidence,
    cast(floor(coalesce(capital_amount, 0)) as bigint) as evidence_count

from judged
where rule_id is not null
