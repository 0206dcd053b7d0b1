-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, usage_count int
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select day as "?day", (feature_name)::text as "?key",
  usage_count
from feature_days where org_id = (select $4::int) and day = any ($1::date[]);
