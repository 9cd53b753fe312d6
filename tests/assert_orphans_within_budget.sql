-- Codes that are in no code list stay a tiny share; a partial release is not judged.
with orphans as (

    select sum(occurrence_count) as orphan_count
    from {{ ref('registry_quality') }}
    where irregularity like 'orphan%'

),

totals as (

    select
        (select count(*) from {{ ref('stg_cnpj__companies') }})
        + (select count(*) from {{ ref('stg_cnpj__establishments') }})
        + (select count(*) from {{ ref('stg_cnpj__partners') }})
        + (select count(*) from {{ ref('stg_cnpj__simples_options') }}) as row_count

)

select
    orphans.orphan_count,
    totals.row_count
from orphans
cross join totals
cross join {{ ref('stg_cnpj__releases') }} as releases
where
    not releases.is_partial
    and orphans.orphan_count > greatest(10, {{ var('orphan_budget_share') }} * totals.row_count)
