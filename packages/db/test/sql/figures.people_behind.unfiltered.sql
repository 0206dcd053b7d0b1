-- takes: org_id int, from date, to date, rule day_rule, limit int
-- gives: n int, id uuid, full_name text, email text, department text?, created_at timestamptz, last_active_at timestamptz?
with member as materialized (select lane, bit_or(bits) as bits from day_users where org_id = (select $1::int) and day >= $2::date and day <= $3::date and kind = $4 group by lane)
    select u.n, u.id, u.full_name, u.email, u.department, u.created_at, u.last_active_at from users u
    where u.org_id = (select $1::int) and u.deleted_at is null and exists (select from member m where m.lane = u.n / 2048 and get_bit(m.bits, u.n % 2048) = 1)
      and true
    order by u.created_at desc nulls last, u.n desc limit $5::int;
