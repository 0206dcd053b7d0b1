-- takes: org_id int, from date, to date, starts date[], kind text, kinds text[]
-- gives: at int?, users int
with a as materialized (
  select d.day - $1::date as at, d.lane, d.bits from day_users d
  where d.org_id = (select $2::int) and d.kind = $3::text
    and d.day >= $1::date and d.day <= $4::date
)
select at, sum(bit_count(bits))::int as users from a group by at
union all
select null, coalesce(sum(c), 0)::int from (select bit_count(bit_or(bits)) as c from a group by lane) l;
