select
    'duplicate_companies' as irregularity,
    {{ surplus_rows(ref('stg_cnpj__companies'), ['company_id']) }} as row_count
union all
select
    'duplicate_establishments' as irregularity,
    {{ surplus_rows(ref('stg_cnpj__establishments'), ['cnpj']) }} as row_count
union all
select
    'duplicate_partners' as irregularity,
    {{ surplus_rows(ref('stg_cnpj__partners'), [
        'company_id', 'partner_kind_id', 'partner_document', 'partner_name', 'qualification_id',
        'entry_date_text', 'country_id', 'representative_document', 'representative_name',
        'representative_qualification_id', 'age_band_id'
    ]) }} as row_count
union all
select
    'duplicate_simples' as irregularity,
    {{ surplus_rows(ref('stg_cnpj__simples_options'), ['company_id']) }} as row_count
