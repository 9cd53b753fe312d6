with looks as (

    select
        watched.*,
        competition.observed_at as changed_at,
        competition.seen_offer_count > 0 as is_sold,
        lag(competition.seen_offer_count > 0) over series as was_sold,
        lag(competition.observed_at) over series as previous_observed_at,
        max(competition.observed_at) over (partition by watched.watch_id) as newest_at
    from {{ ref('int_watched_prices_matched') }} as watched
    inner join {{ ref('offer_competition') }} as competition
        on
            watched.catalog_product_id = competition.catalog_product_id
            and {{ dbt.dateadd('day', -30, 'watched.watched_from') }} < competition.observed_at
    where watched.item_id is null and competition.is_complete
    window series as (partition by watched.watch_id order by competition.observed_at)

),

-- it was last seen so in the look before the next change
changed as (

    select
        *,
        lead(previous_observed_at, 1, newest_at)
            over (partition by watch_id order by changed_at) as seen_until_at
    from looks
    where is_sold <> was_sold

)

select * from changed
where is_sold and changed_at > watched_from
