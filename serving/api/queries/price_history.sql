-- What listings cost, and since when; series by series.
with series as (

    select *
    from price_series
    where {subject}

)

select
    json_build_array(series.price_series_key, cast(versions.valid_from as text)) as key,
    row_to_json(element) as element
from series
inner join product_price_history as versions on series.price_series_key = versions.price_series_key
cross join lateral (
    select
        series.price_series_key,
        series.mode,
        series.item_id,
        series.catalog_product_id,
        series.seller_id,
        series.context,
        series.channel,
        series.loyalty_level,
        series.is_business,
        series.minimum_quantity,
        series.currency_id,
        versions.state,
        versions.price_amount,
        versions.regular_price_amount,
        versions.previous_price_amount,
        versions.previous_observed_at at time zone 'utc' as previous_observed_at,
        versions.valid_from at time zone 'utc' as valid_from,
        nullif(versions.valid_to, '9999-12-31') at time zone 'utc' as valid_to,
        versions.last_observed_at at time zone 'utc' as last_observed_at,
        versions.observation_count,
        versions.is_current
) as element
where {filters}
order by series.price_series_key, versions.valid_from
limit %(limit)s
