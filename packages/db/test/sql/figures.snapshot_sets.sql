-- takes: org_id int, days date[]
-- gives: table text, kind text, day date, lane int, size int, digest text
select "table", kind, day, lane, bit_count(bits)::int as size, md5(bits::text) as digest from (
  select 'day_users' as "table", kind, day, lane, bits from day_users where org_id = (select $1::int) and day = any ($2::date[])
  union all
  select 'active_periods', period, start_date, lane, bits from active_periods p
  where org_id = (select $1::int) and exists (select from unnest($2::date[]) d (day) where date_trunc(p.period, d.day::timestamp) = p.start_date)
) s;
