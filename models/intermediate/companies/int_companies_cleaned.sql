with copies as (

    {{ deduplicate(ref('stg_cnpj__companies'), ref('int_companies_repeated'), 'company_id') }}

)

select
    company_id,
    legal_nature_id,
    responsible_qualification_id,
    size_id,
    {{ clean_name('legal_name') }} as legal_name,
    {{ clean_text('federative_entity') }} as federative_entity,
    -- twelve nines stand for "not told"
    nullif(capital_amount, 999999999999.00) as capital_amount,
    coalesce(capital_amount = 999999999999.00, false) as has_placeholder_capital

from copies
