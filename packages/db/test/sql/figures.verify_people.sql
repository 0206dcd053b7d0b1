-- takes: org_id int, first int, count int
-- gives: last int?, ns int[]
select (select max(last) from (
    select max(n) as last from users where org_id = (select $1::int) union all select max(n) from user_days where org_id = (select $1::int)
    union all select max(n) from user_retention where org_id = (select $1::int)
  ) m) as last,
  array(select n from generate_series($2::int, $2::int + $3::int - 1) n) as ns;
