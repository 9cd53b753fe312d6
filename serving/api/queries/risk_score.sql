-- The score of a company, and what it rests on.
select
    risk.as_of,
    row_to_json(answer) as body
from company_risk as risk
cross join lateral (
    select
        risk.company_id,
        risk.score,
        risk.risk_level,
        risk.is_mei,
        risk.rule_version,
        array_to_json(array(
            select row_to_json(found) from (
                select
                    rule_id,
                    family,
                    severity,
                    points,
                    evidence,
                    evidence_count
                from company_risk_flags
                where company_id = risk.company_id
                order by points desc, rule_id
            ) as found
        )) as flags
) as answer
where
    risk.company_id = %(company_id)s
    and (
        %(cnpj)s::text is null
        or exists (select 1 from dim_establishment where cnpj = %(cnpj)s)
    )
