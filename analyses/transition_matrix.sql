-- From one release to the next, how many of 10,000 establishments go from which status to which?
with moves as (

    select
        from_status,
        to_status,
        sum(pair_count) as pair_count
    from marts.status_transition_matrix
    group by from_status, to_status

)

select
    from_status,
    sum(pair_count) as establishment_releases,
    round(
        10000.0 * sum(case when to_status = 'active' then pair_count else 0 end) / sum(pair_count)
    ) as to_active,
    round(
        10000.0 * sum(case when to_status = 'suspended' then pair_count else 0 end)
        / sum(pair_count)
    ) as to_suspended,
    round(
        10000.0 * sum(case when to_status = 'unfit' then pair_count else 0 end) / sum(pair_count)
    ) as to_unfit,
    round(
        10000.0 * sum(case when to_status = 'closed' then pair_count else 0 end) / sum(pair_count)
    ) as to_closed,
    round(
        10000.0 * sum(case when to_status = 'unpublished' then pair_count else 0 end)
        / sum(pair_count)
    ) as to_unpublished
from moves
group by from_status
order by establishment_releases desc, from_status asc
