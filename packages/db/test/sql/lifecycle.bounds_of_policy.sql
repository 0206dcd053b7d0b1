-- takes: org_id int, now timestamptz, keep text, current text, least text, most text, activities text
-- gives: day date, current date, least date, most date, activities date, day_then date, current_then date, later timestamptz
select (t.today - ($1::text)::interval)::date as day, (t.today - ($2::text)::interval)::date as current,
  (t.today - ($3::text)::interval)::date as least, (t.today - ($4::text)::interval)::date as most,
  (t.today - ($5::text)::interval)::date as activities,
  (day_of(l.later, day_rule_of(o)) - ($1::text)::interval)::date as day_then, (day_of(l.later, day_rule_of(o)) - ($2::text)::interval)::date as current_then, l.later
from organizations o
cross join lateral (select day_of($6::timestamptz, day_rule_of(o)) as today) t
cross join lateral (select $6::timestamptz + interval '7 days' as later) l
where o.id = (select $7::int);
