-- takes: org_id int, data_types text[], counts int[], units text[], now timestamptz
-- gives: data_type text, count int, unit text, is_default boolean, pending_count int?, pending_unit text?, pending_from timestamptz?, changed_at timestamptz?, changed_by text?, cut_day date, cut timestamptz
select k.data_type, k.count, k.unit, k.is_default, k.pending_count, k.pending_unit, k.pending_from, k.changed_at, k.changed_by,
  c.cut_day, start_of(c.cut_day, day_rule_of(o)) as cut
from organizations o
cross join lateral (
  select d.data_type, r.data_type is null as is_default, r.changed_at, r.changed_by,
    case when r.pending_from <= $1::timestamptz then r.pending_count else coalesce(r.keep_count, d.count) end as count,
    case when r.pending_from <= $1::timestamptz then r.pending_unit else coalesce(r.keep_unit, d.unit) end as unit,
    case when r.pending_from > $1::timestamptz then r.pending_count end as pending_count,
    case when r.pending_from > $1::timestamptz then r.pending_unit end as pending_unit,
    case when r.pending_from > $1::timestamptz then r.pending_from end as pending_from
  from unnest($2::text[], $3::int[], $4::text[]) d (data_type, count, unit)
  left join retention_policies r on r.org_id = (select $5::int) and r.data_type = d.data_type
) k
cross join lateral (select (day_of($1::timestamptz, day_rule_of(o)) - (k.count || ' ' || k.unit)::interval)::date as cut_day) c
where o.id = (select $5::int);
