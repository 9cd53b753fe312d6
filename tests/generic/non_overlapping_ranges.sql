{# Versions of one key must not overlap: each ends no later than the next begins. #}
{% test non_overlapping_ranges(model, key, valid_from='valid_from', valid_to='valid_to') %}
    with versions as (
        select
            {{ key }},
            {{ valid_from }},
            {{ valid_to }},
            lead({{ valid_from }}) over (partition by {{ key }} order by {{ valid_from }}) as next_from
        from {{ model }}
    )

    select * from versions where {{ valid_to }} > next_from
{% endtest %}
