-- Days of an organisation's zone, and what the derivation of sessions stands on.

-- The first instant of a local day. Where clocks go back over midnight its first hour comes twice, and the day begins at
-- the earlier one; where they go forward over midnight it begins at the jump; a day that a zone left out is empty.
create function day_start(day date, zone text) returns timestamptz language sql immutable strict parallel safe as
$$ select case when ((m - interval '1 hour') at time zone zone)::date = day then m - interval '1 hour' else m end
   from (select day::timestamp at time zone zone) t (m) $$;

-- The id of a derived session: its start, and a tail from whose it is. The same moments give the same id for ever.
create function derived_session_id(org int, person uuid, twin uuid, platform text, started_at timestamptz) returns uuid
language sql immutable strict parallel safe as
$$ select (left(replace(uuid_floor(started_at)::text, '-', ''), 12) || '7' || substr(h, 1, 3)
     || substr('89ab', 1 + ascii(substr(h, 4, 1)) % 4, 1) || substr(h, 5, 15))::uuid
   from (select encode(sha256(convert_to(concat_ws(':', 'derived', org::text, person::text, twin::text, platform), 'UTF8')), 'hex')) t (h) $$;

-- Which sessions may reach far beyond their start; all others are found within a day of it.
create index sessions_long on sessions (org_id, user_id, id)
  where ended_at is null or ended_at - started_at > interval '1 day';
