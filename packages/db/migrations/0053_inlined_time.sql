-- Functions of ids and days that a planner can put into the statement itself, instead of running a query for each call:
-- of an immutable function every part must be immutable too, which arithmetic of timestamptz with intervals and
-- extract(… from timestamptz) aren't, as zones could change them. The values are the same. One call of uuid_time a row
-- is in the checks of all raw tables.

create or replace function uuid_time(u uuid) returns timestamptz language sql immutable strict parallel safe as
$$ select to_timestamp(('x0000' || replace(left(u::text, 13), '-', ''))::bit(64)::bigint / 1000.0::float8) $$;

create or replace function uuid_floor(t timestamptz) returns uuid language sql immutable strict parallel safe as
$$ select (lpad(to_hex(floor(extract(epoch from t - timestamptz 'epoch') * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid $$;

-- Not strict, which a case could not be; null in is null out all the same.
create or replace function day_start(day date, zone text) returns timestamptz language sql immutable parallel safe as
$$ select case
     when (((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 hour') at time zone 'UTC' at time zone zone)::date = day
     then ((day::timestamp at time zone zone) at time zone 'UTC' - interval '1 hour') at time zone 'UTC'
     else day::timestamp at time zone zone end $$;
