-- takes: org_id int, from date, to date, rule day_rule
-- gives: lo timestamptz, hi timestamptz, days int, open int
select start_of($1::date, $2::day_rule) as lo, start_of($3::date + 1, $2::day_rule) as hi, count(*)::int as days,
  count(*) filter (where not is_sealed(d::date, o))::int as open
from organizations o, generate_series($1::date, $3::date, interval '1 day') d where o.id = (select $4::int);
