-- takes: org_id int, days date[]
-- gives: day date, installations int
select metric_date as day, total_twin_installations as installations
from daily_metrics where org_id = (select $1::int) and metric_date = any ($2::date[]);
