import { expect, test } from "vitest";
import { useDatabase } from "./database.ts";

const database = useDatabase();

test("in every zone a day begins where the one before ends, and holds what lies between, at any change of clocks", async () => {
  const { rows } = await database.pool.query(
    `with midnight as (
       select name, d::date as day, extract(epoch from d - (d at time zone name at time zone 'UTC')) as ahead
       from pg_timezone_names cross join (
         select generate_series(timestamp '2005-01-01', timestamp '2012-12-31', interval '1 day')
         union all select generate_series(timestamp '2026-01-01', timestamp '2028-12-31', interval '1 day')
       ) d (d)
       where name ~ '^(Africa|America|Antarctica|Asia|Atlantic|Australia|Europe|Indian|Pacific)/'
     ),
     change as materialized (
       select name, day from (select *, lag(ahead) over (partition by name order by day) as before from midnight) m
       where ahead <> before
     ),
     -- Days on which a zone's clocks change, and their neighbours.
     day as materialized (
       select c.name, r.rule, d.day, start_of(d.day, r.rule) as lo, start_of(d.day + 1, r.rule) as hi
       from change c cross join lateral (select row (c.name, null, null, null)::day_rule as rule) r
       cross join lateral (select c.day + around as day from generate_series(-2, 1) around) d
     )
     select d.name, d.day::text, o.at, day_of(o.at, d.rule)::text as told
     from day d cross join lateral (
       select d.lo as at where d.lo < d.hi
       union all select d.hi - interval '1 millisecond' where d.lo < d.hi
       union all select d.lo + minutes * interval '20 minutes' from generate_series(1, 9) minutes
       union all select d.hi - minutes * interval '20 minutes' from generate_series(1, 9) minutes
     ) o
     where o.at >= d.lo and o.at < d.hi and day_of(o.at, d.rule) <> d.day limit 5`,
  );
  expect(rows).toEqual([]);
});

// Until 2011 St John's clocks went back at 00:01: the 7th was there for a minute, then the 6th for another 59.
test("where clocks go back over midnight the day begins at the last one", async () => {
  const { rows } = await database.pool.query<{ at: string; day: string }>(
    `select to_char(at at time zone 'UTC', 'HH24:MI:SS') as at,
       day_of(at, row ('America/St_Johns', null, null, null)::day_rule)::text as day
     from unnest(array['02:29:59', '02:30:30', '02:31:00', '03:29:59', '03:30:00']) t (clock)
     cross join lateral (select ('2010-11-07 ' || clock || '+00')::timestamptz) a (at) order by 1`,
  );
  expect(rows.map(({ at, day }) => [at, day])).toEqual([
    ["02:29:59", "2010-11-06"],
    ["02:30:30", "2010-11-06"],
    ["02:31:00", "2010-11-06"],
    ["03:29:59", "2010-11-06"],
    ["03:30:00", "2010-11-07"],
  ]);
});
