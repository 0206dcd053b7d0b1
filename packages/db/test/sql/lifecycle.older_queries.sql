-- takes: org_id int, cut_day date, day_rule day_rule
-- gives: month date, rows int
select date_trunc('month', day_of(uuid_time(x.activity_id), $1::day_rule))::date as month, count(*)::int as rows
from queries x
where x.org_id = (select $2::int) and x.activity_id < uuid_floor(start_of($3::date, $1::day_rule))
group by 1;
