-- takes: org_id int, month date, before date, day_rule day_rule
-- gives: rows int
select count(*)::int as rows from (
  select from activities x where x.org_id = (select $1::int)
    and x.id >= uuid_floor(start_of($2::date, $3::day_rule))
    and x.id < uuid_floor(start_of($4::date, $3::day_rule))
  limit 100000
) x;
