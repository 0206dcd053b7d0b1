-- takes: org_id int, now timestamptz
-- gives: time_zone text, day_rule day_rule, sealed_from timestamptz?, sealed_before timestamptz?, figures_at timestamptz?, figures_day date?, today date
select time_zone, day_rule_of(o) as day_rule, sealed_from, sealed_before, figures_at,
  day_of(figures_at, day_rule_of(o)) as figures_day, day_of($1::timestamptz, day_rule_of(o)) as today
from organizations o where id = (select $2::int);
