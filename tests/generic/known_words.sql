{# Words that were not known when the code that reads them was written; warns, with their rows. #}
{% test known_words(model, column_name, words) %}
    {{ config(severity='warn', fail_calc='coalesce(sum(row_count), 0)') }}

    select
        {{ column_name }} as word,
        count(*) as row_count
    from {{ model }}
    where {{ column_name }} not in ('{{ words | join("', '") }}')
    group by {{ column_name }}
{% endtest %}
