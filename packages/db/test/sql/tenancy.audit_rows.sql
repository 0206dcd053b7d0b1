-- takes: org_id int, actor text?, action text[]?, object text?, start_date date?, end_date date?, before bigint?, after bigint?, limit int
-- gives: id bigint, at timestamptz, actor_kind text, actor_id text, actor_name text, action text, object_type text?, object_id text?, object_name text?, reason text?, request_id text?, network text?, details jsonb, sealed boolean
with days as materialized (
  select start_of($1::date, day_rule_of(o)) as lo, start_of($2::date + 1, day_rule_of(o)) as hi
  from organizations o where o.id = (select $3::int)
),
reach as materialized (
  select min(a.id + 0) as least, max(a.id + 0) as most from audit_log a
  where ($1::date is not null or $2::date is not null) and a.org_id = (select $3::int)
    and a.at >= coalesce((select lo from days), '-infinity') and a.at < coalesce((select hi from days), 'infinity')
),
found as (
  select a.* from audit_log a
  where a.org_id = (select $3::int)
    and ($4::text is null or a.actor_id = $4::text)
    and ($5::text[] is null or a.action = any ($5::text[]))
    and ($6::text is null or a.object_id = $6::text)
    and ($1::date is null or a.at >= (select lo from days))
    and ($2::date is null or a.at < (select hi from days))
    and ($1::date is null and $2::date is null or a.id between (select least from reach) and (select most from reach))
    and ($7::bigint is null or a.id < $7::bigint)
    and ($8::bigint is null or a.id > $8::bigint)
  order by case when $8::bigint is null then a.id end desc, case when $8::bigint is not null then a.id end limit $9::int
)
select f.id, f.at, f.actor_kind, f.actor_id, f.actor_name, f.action, f.object_type, f.object_id,
  case f.object_type
    when 'user' then (select u.full_name from users u where u.org_id = f.org_id and u.id::text = f.object_id)
    when 'twin' then (select t.name from twins t where t.org_id = f.org_id and t.id::text = f.object_id)
  end as object_name,
  f.reason, f.request_id, network(set_masklen(f.ip, case family(f.ip) when 4 then 24 else 48 end))::text as network, f.details,
  f.id <= coalesce((select max(upto_id) from audit_seals s where s.org_id = f.org_id), 0) as sealed
from found f order by f.id desc;
