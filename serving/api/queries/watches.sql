-- The watches of an owner, oldest first.
select
    json_build_array(cast(created_at as text), watch_id) as key,
    json_build_object(
        'watch_id', watch_id,
        'product_id', product_id,
        'item_id', item_id,
        'context', context,
        'rise_percent', rise_percent,
        'fall_percent', fall_percent,
        'rise_amount', rise_amount,
        'fall_amount', fall_amount,
        'is_back_in_stock', is_back_in_stock,
        'hysteresis_percent', hysteresis_percent,
        'cooldown_minutes', cooldown_minutes,
        'channel', channel,
        'destination', destination,
        'is_active', is_active,
        'watched_from', to_char(watched_from, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'created_at', to_char(created_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'updated_at', to_char(updated_at, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ) as element
from price_watch
where
    owner_id = %(owner_id)s
    and (%(watch_id)s::uuid is null or watch_id = %(watch_id)s)
    and (
        %(created_at)s::timestamp is null
        or (created_at, watch_id) > (%(created_at)s::timestamp, %(after_id)s::uuid)
    )
order by price_watch.created_at, price_watch.watch_id
limit %(limit)s
