with sellers as (

    select
        seller_id,
        nickname_key,
        length(nickname_key) as letter_count
    from {{ ref('int_sellers_profiled') }}
    where length(nickname_key) between 3 and 64

),

positions as (

    select cast(generated_number as int) as position
    from ({{ dbt.generate_series(64) }}) as numbers

),

placed as (

    select
        sellers.seller_id,
        sellers.nickname_key,
        sellers.letter_count,
        positions.position,
        substring(sellers.nickname_key, positions.position, 1) as letter
    from sellers
    inner join positions on sellers.letter_count >= positions.position

)

select
    seller_id,
    'trigram' as key_kind,
    substring(nickname_key, position, 3) as key_value
from placed
where position <= letter_count - 2
union
select
    seller_id,
    'shortened' as key_kind,
    substring(nickname_key, 1, position - 1) || substring(nickname_key, position + 1) as key_value
from placed
where letter_count > 4
union
select
    seller_id,
    'shortened' as key_kind,
    nickname_key as key_value
from placed
where letter_count > 3
union
select
    seller_id,
    'letters' as key_kind,
    {{ dbt.listagg('letter', "''", 'order by letter') }} as key_value
from placed
where letter_count > 5
group by seller_id
