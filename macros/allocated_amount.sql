{#
    A row's part of an amount that several rows share, by their weights (whole numbers, not all 0).
    It is counted in whole cents that are left to the rows before it, so that the parts add up to
    the amount, and no engine rounds otherwise than another. Amount in cents by weights must stay
    below 9 * 10^18.
#}
{% macro allocated_amount(amount, weight, key, order_by) -%}
    {%- set cents = 'cast(round(' ~ amount ~ ' * 100) as bigint)' -%}
    {%- set all_weights -%}
        cast(sum({{ weight }}) over (partition by {{ key }}) as bigint)
    {%- endset -%}
    {%- set weights_so_far -%}
        cast(sum({{ weight }}) over (
            partition by {{ key }} order by {{ order_by }}
            rows between unbounded preceding and current row
        ) as bigint)
    {%- endset -%}
    {%- set after = cents ~ ' * ' ~ weights_so_far -%}
    {%- set before = cents ~ ' * (' ~ weights_so_far ~ ' - ' ~ weight ~ ')' -%}
    cast(
        (
            ({{ after }} - mod({{ after }}, {{ all_weights }}))
            - ({{ before }} - mod({{ before }}, {{ all_weights }}))
        ) / {{ all_weights }} / 100.0 as decimal(18, 2)
    )
{%- endmacro %}
