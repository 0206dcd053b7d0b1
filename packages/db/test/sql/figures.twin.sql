-- takes: org_id int, id uuid, rule day_rule, now timestamptz
-- gives: id uuid, name text, owner_id uuid?, owner_name text, is_shared boolean, created_at timestamptz, last_trained_at timestamptz?, trained_on date?, is_stale boolean, document_count int, email_count int
select t.id, t.name, o.id as owner_id, o.full_name as owner_name, t.is_shared, t.created_at, t.last_trained_at,
  day_of(t.last_trained_at, $1::day_rule) as trained_on, coalesce(t.last_trained_at, t.created_at) < $2::timestamptz - interval '60 days' as is_stale, t.document_count, t.email_count
from twins t left join users o on o.org_id = (select $3::int) and o.id = t.user_id and o.deleted_at is null
where t.org_id = (select $3::int) and t.id = $4::uuid;
