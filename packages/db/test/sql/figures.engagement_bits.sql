-- takes: org_id int, from date, to date, kind text
-- gives: dau int, mau int
select coalesce(sum(bit_count(bit_or_day)), 0)::int as dau, coalesce(sum(bit_count(bits)), 0)::int as mau from (
  select bit_or(bits) as bits, bit_or(bits) filter (where day = $1::date) as bit_or_day from day_users
  where org_id = (select $2::int) and kind = $3::text and day >= $4::date and day <= $1::date group by lane
) l;
