-- takes: org_id int, grace text, now timestamptz
-- gives: id uuid, user_id uuid, reason text, immediately boolean, status text, asked_at timestamptz, asked_by text, started_at timestamptz?, ended_at timestamptz?, number int?, lines jsonb?, due_at timestamptz
  select e.* from (
select e.id, e.user_id, e.reason, e.immediately, e.status, e.asked_at, e.asked_by, e.started_at, e.ended_at, e.number, e.lines,
  case when e.immediately then e.asked_at
    else start_of((day_of(e.asked_at, day_rule_of(o)) + $1::text::interval)::date + 1, day_rule_of(o)) end as due_at
from erasures e join organizations o on o.id = (select $2::int) where e.org_id = (select $2::int)) e
  where (e.status = 'erasing' or e.status = 'asked' and e.due_at <= $3::timestamptz)
  order by e.status = 'asked', e.due_at, e.id;
