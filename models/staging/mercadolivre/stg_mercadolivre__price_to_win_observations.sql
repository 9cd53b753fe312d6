select
    -- ids
    item_id,
    catalog_product_id,
    winner_item_id,
    currency_id,

    -- text
    status as competition_status,
    visit_share as visit_level,
    {{ json_list_text('reason') }} as reasons,

    -- numbers
    cast(current_price as decimal(18, 2)) as price_amount,
    cast(price_to_win as decimal(18, 2)) as price_to_win_amount,
    cast(winner_price as decimal(18, 2)) as winner_price_amount,
    competitors_sharing_first_place as tied_competitor_count,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'price_to_win_observations') }}
