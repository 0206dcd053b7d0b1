-- Which instants make a day. An organisation that never changed its zone has one zone for all of time. One that did, after
-- days were sealed, has turns: days that were sealed by another zone keep it, and where two zones meet a day is as long as
-- it takes. `turn_at[i]` is the first instant of the day `turn_day[i]`; from it on, up to the next turn, days are those of
-- `turn_zone[i]`; before the first turn and from the last one on they are those of `time_zone`. Both ascend.

alter table organizations
  add column turn_at timestamptz[],
  add column turn_day date[],
  add column turn_zone text[],
  add check ((turn_at is null) = (turn_day is null) and (turn_at is null) = (turn_zone is null)),
  add check (cardinality(turn_at) = cardinality(turn_day) and cardinality(turn_at) = cardinality(turn_zone) + 1);

-- What a statement must know to tell days, as one value. The functions below consist of nothing that keeps a planner from
-- putting them into the statement itself, where an organisation without turns costs what its one zone costs.
create type day_rule as (zone text, turn_at timestamptz[], turn_day date[], turn_zone text[]);

create function day_rule_of(o organizations) returns day_rule language sql immutable parallel safe as
$$ select row (o.time_zone, o.turn_at, o.turn_day, o.turn_zone)::day_rule $$;

-- The zone that an instant's day is by.
create function zone_at(at timestamptz, rule day_rule) returns text language sql immutable parallel safe as
$$ select case when (rule).turn_at is null then (rule).zone
     else coalesce((rule).turn_zone[width_bucket(at, (rule).turn_at)], (rule).zone) end $$;

-- The day that an instant belongs to: its date by the zone of its stretch, but none that belongs to another stretch.
create function day_of(at timestamptz, rule day_rule) returns date language sql immutable parallel safe as
$$ select case when (rule).turn_at is null then (at at time zone (rule).zone)::date
     else greatest((rule).turn_day[width_bucket(at, (rule).turn_at)],
       least((rule).turn_day[width_bucket(at, (rule).turn_at) + 1] - 1, (at at time zone zone_at(at, rule))::date)) end $$;

-- The first instant of a day; a day that has none begins with the one after it.
create function start_of(day date, rule day_rule) returns timestamptz language sql immutable parallel safe as
$$ select case when (rule).turn_at is null then day_start(day, (rule).zone)
     when (rule).turn_day[width_bucket(day, (rule).turn_day)] = day then (rule).turn_at[width_bucket(day, (rule).turn_day)]
     else greatest((rule).turn_at[width_bucket(day, (rule).turn_day)], least((rule).turn_at[width_bucket(day, (rule).turn_day) + 1],
       day_start(day, coalesce((rule).turn_zone[width_bucket(day, (rule).turn_day)], (rule).zone)))) end $$;

-- The day that begins at an instant; of several, of which all but the last have no instant, the first.
create function day_from(at timestamptz, rule day_rule) returns date language sql immutable parallel safe as
$$ select coalesce((rule).turn_day[array_position((rule).turn_at, at)], day_of(at, rule)) $$;

-- Whether a day is final. By days, and not by instants: a day without an instant, beside the seal, is open.
create function is_sealed(day date, o organizations) returns boolean language sql immutable parallel safe as
$$ select coalesce(day >= day_from(o.sealed_from, day_rule_of(o)) and day < day_from(o.sealed_before, day_rule_of(o)), false) $$;
