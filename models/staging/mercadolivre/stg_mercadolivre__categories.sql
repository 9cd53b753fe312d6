select
    -- ids
    id as category_id,
    {{ json_list_element('path_from_root', -2, 'id') }} as parent_category_id,
    {{ json_list_element('path_from_root', 0, 'id') }} as root_category_id,
    catalog_domain as domain_id,

    -- text
    name as category_name,
    {{ json_list_element('path_from_root', 0, 'name') }} as root_category_name,
    {{ json_list_text('path_from_root', 'name', ' > ') }} as category_path,
    status,

    -- numbers
    {{ json_list_count('path_from_root') }} as level_count,
    {{ json_list_count('children_categories') }} as child_count,
    total_items_in_this_category as item_count,

    -- booleans
    listing_allowed as is_listing_allowed,

    -- times
    {{ utc_timestamp('observed_at') }} as observed_at

from {{ source('mercadolivre', 'categories') }}
