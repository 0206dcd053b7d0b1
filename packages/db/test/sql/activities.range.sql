-- takes: org_id int, from date, to date, rule day_rule
-- gives: reach_days int, from_ms bigint, until_ms bigint
select reach_days, (extract(epoch from start_of($1::date, $2::day_rule)) * 1000)::bigint as from_ms,
  (extract(epoch from start_of($3::date + 1, $2::day_rule)) * 1000)::bigint as until_ms
from organizations where id = (select $4::int);
