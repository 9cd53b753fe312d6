-- Which signals of risk were followed by unfit or closed companies, and how much more often?
select
    rule_id,
    case when is_mei then 'MEI' else 'company' end as kind,
    horizon_days as days,
    company_count as companies,
    flagged_count as flagged,
    flagged_failed_count as then_failed,
    failed_share as share_of_all,
    flagged_failed_share as share_of_flagged,
    lift,
    is_significant
from marts.risk_rule_backtest
where flagged_count > 0
order by lift desc, flagged_count desc, rule_id asc, kind asc
