-- takes: org_id int, erasure_id uuid, user_id uuid, reason text, asked_at timestamptz, asked_by text, is_there boolean, now timestamptz
-- gives: 
insert into erasures as e (org_id, id, user_id, reason, immediately, status, asked_at, asked_by, ended_at, number, lines)
select (select $1::int), $2::uuid, $3::uuid, $4::text, true, case when $5::boolean then 'asked' else 'erased' end, $6::timestamptz, $7::text, n.at, n.number, n.lines
from (
  select case when not $5::boolean then $8::timestamptz end as at,
    case when not $5::boolean then (select coalesce(max(number), 0) + 1 from erasures where org_id = (select $1::int)) end as number,
    case when not $5::boolean then '{"lines": [], "rows_gone": 0, "rows_kept": 0}'::jsonb end as lines
) n
on conflict (org_id, id) do update set status = excluded.status, immediately = true, ended_at = excluded.ended_at,
  number = excluded.number, lines = excluded.lines;
