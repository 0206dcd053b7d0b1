-- takes: org_id int, days date[], people int[], months date[]
-- gives: ?day date, ?key text, usage_count int, last_used_at timestamptz
with p as (select $1::date[] as days, $2::int[] as people, $3::date[] as months)
select usage_date as "?day", (concat_ws(' ', n, feature_name))::text as "?key",
  usage_count, last_used_at
from feature_usage where org_id = (select $4::int) and usage_date = any ($1::date[]);
