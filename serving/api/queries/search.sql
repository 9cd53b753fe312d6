-- Establishments of an activity or place, in order of activity.
with found as (

    select
        main_cnae_id,
        cnpj
    from dim_establishment as establishment
    where main_cnae_id is not null and {filters}
    order by main_cnae_id, cnpj
    limit %(limit)s

)

select
    json_build_array(found.main_cnae_id, found.cnpj) as key,
    row_to_json(element) as element
from found
{element}
order by found.main_cnae_id, found.cnpj
