-- takes: key text, wanted int, window_ms int
-- gives: taken int, ms_left int
insert into auth.rate_limits as r (key, points, expire)
values ($1::text, $2::int, (extract(epoch from clock_timestamp()) * 1000)::bigint + $3::int)
on conflict (key) do update set
  points = case when r.expire > excluded.expire - $3::int then r.points + excluded.points else excluded.points end,
  expire = case when r.expire > excluded.expire - $3::int then r.expire else excluded.expire end
returning points as taken,
  greatest(0, expire - (extract(epoch from clock_timestamp()) * 1000)::bigint)::int as ms_left;
