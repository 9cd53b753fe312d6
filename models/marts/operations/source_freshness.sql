with ledger as (

    select * from {{ ref('load_ledger') }}

)

select
    source,
    max(as_of) as as_of,
    max(finished_at) as loaded_at

from ledger
group by source
