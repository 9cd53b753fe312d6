with complements as (

    select distinct complement
    from {{ ref('stg_cnpj__establishments') }}
    where complement is not null

),

words as (

    select
        word,
        case when length(word) <= 6 then rpad(word, 6, ' ') end as block_type
    from {{ ref('address_unit_types') }}
    union all
    select
        '' as word,
        '      ' as block_type

),

-- the word that a first and a second block would begin with; no word at all is one, too
held_against_words as (

    select
        complements.complement,
        length(first_words.word) as first_length,
        length(second_words.word) as second_length,
        length(leading_words.word) as leading_length
    from complements
    left join words as first_words
        on substring(complements.complement, 1, 6) = first_words.block_type
    left join words as second_words
        on substring(complements.complement, 27, 6) = second_words.block_type
    left join words as leading_words
        on split_part(complements.complement, ' ', 1) = leading_words.word

)

select
    complement,
    case
        when complement like '%;%' then 'list'
        when length(complement) > 26 and first_length >= 0 and second_length >= 0 then 'blocks'
        when length(complement) > 26 then 'text'
        -- one block alone: a short word with its padding, or a long one glued to its value
        when first_length between 1 and 4 then 'blocks'
        when first_length = 6 and leading_length is null then 'blocks'
        else 'text'
    end as complement_form

from held_against_words
