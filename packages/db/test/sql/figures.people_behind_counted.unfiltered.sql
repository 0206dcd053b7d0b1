-- takes: org_id int, from date, to date, rule day_rule
-- gives: total int, living int
with member as materialized (select lane, bit_or(bits) as bits from day_users where org_id = (select $1::int) and day >= $2::date and day <= $3::date and kind = $4 group by lane)
    select (select coalesce(sum(bit_count(bits)), 0)::int from member) as total,
      (select count(*)::int from users u where u.org_id = (select $1::int) and u.deleted_at is null and exists (select from member m where m.lane = u.n / 2048 and get_bit(m.bits, u.n % 2048) = 1)) as living;
