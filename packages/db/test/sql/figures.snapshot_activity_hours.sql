-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, hours text
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select day as "?day", (platform)::text as "?key",
  array_to_string(hours, ' ') as hours
from activity_hours where org_id = (select $4::int) and day = any ($1::date[]);
