-- Establishments whose trade name, or whose company's name, begins so; in order of that name.
-- The order is that of bytes, as the indexes have it whatever the database's collation.
with forms as (

    select form
    from unnest(%(forms)s::text[]) as forms (form)

),

found as (

    select named.*
    from forms
    cross join lateral (
        select
            company.legal_name collate "C" as name,
            establishment.cnpj
        from dim_company as company
        inner join dim_establishment as establishment
            on company.company_id = establishment.company_id
        where
            company.legal_name collate "C"
            >= greatest(forms.form collate "C", coalesce(%(after_name)s::text, ''))
            and company.legal_name collate "C" < forms.form || chr(1114111)
            and (
                company.legal_name collate "C" > %(after_name)s
                or (
                    company.legal_name collate "C" = %(after_name)s
                    and establishment.cnpj > %(after_cnpj)s
                )
                or %(after_name)s::text is null
            )
            and {filters}
        order by company.legal_name collate "C", establishment.cnpj
        limit %(limit)s
    ) as named

    union all

    select named.*
    from forms
    cross join lateral (
        select
            establishment.trade_name collate "C" as name,
            establishment.cnpj
        from dim_establishment as establishment
        where
            establishment.trade_name collate "C"
            >= greatest(forms.form collate "C", coalesce(%(after_name)s::text, ''))
            and establishment.trade_name collate "C" < forms.form || chr(1114111)
            and (
                %(after_name)s::text is null
                or (establishment.trade_name collate "C", establishment.cnpj)
                > (%(after_name)s, %(after_cnpj)s)
            )
            -- found by its company's name already
            and not exists (
                select 1
                from dim_company as company
                inner join forms as others
                    on
                        company.legal_name collate "C" >= others.form
                        and company.legal_name collate "C" < others.form || chr(1114111)
                where company.company_id = establishment.company_id
            )
            and {filters}
        order by establishment.trade_name collate "C", establishment.cnpj
        limit %(limit)s
    ) as named

)

select
    json_build_array(found.name, found.cnpj) as key,
    row_to_json(element) as element
from found
{element}
order by found.name collate "C", found.cnpj
limit %(limit)s
