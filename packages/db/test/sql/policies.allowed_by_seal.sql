-- takes: org_id int, data_type text, sealed_from timestamptz?, sealed_before timestamptz?
-- gives: from timestamptz, before timestamptz, settled timestamptz
select b.sealed_from as "from", case $1::text
    when 'activities' then least(s.kept_from, start_of(date_trunc('month', s.day::timestamp)::date, day_rule_of(o)))
    else s.kept_from end as before, s.kept_from as settled
from organizations o
cross join lateral (
  select coalesce($2::timestamptz, o.sealed_from) as sealed_from, coalesce($3::timestamptz, o.sealed_before) as sealed_before
) b
cross join lateral (select day_from(b.sealed_before, day_rule_of(o)) as day) d
cross join lateral (
  select d.day, least(start_of(d.day - 2, day_rule_of(o)), b.sealed_before - interval '44 hours') as kept_from
) s
where o.id = (select $4::int) and b.sealed_before is not null;
