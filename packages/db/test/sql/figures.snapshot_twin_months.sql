-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, activities int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select month as "?day", (twin_id)::text as "?key",
  activities
from twin_months where org_id = (select $4::int) and month = any ($3::date[]);
