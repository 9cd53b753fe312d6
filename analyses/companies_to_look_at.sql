-- Which active companies show the most signals of risk, and which? (Signals, not accusations.)
select
    companies.legal_name,
    risk.score,
    risk.risk_level,
    string_agg(
        flags.rule_id || ': ' || flags.evidence, '; '
        order by flags.points desc, flags.rule_id asc
    ) as signals
from marts.company_risk as risk
inner join marts.dim_company as companies on risk.company_id = companies.company_id
inner join marts.company_risk_flags as flags on risk.company_id = flags.company_id
where companies.status = 'active'
group by risk.company_id, companies.legal_name, risk.score, risk.risk_level
order by risk.score desc, risk.company_id asc
limit 8
