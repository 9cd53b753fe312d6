-- PostgreSQL compares jsonb, not json.
with documents as (

    select
        cast('{"a": 1}' as {{ column_type('json') }}) as document,
        cast('{"a": 1}' as {{ column_type('json') }}) as same_document

)

select * from documents where document <> same_document
