import { addDays, bucketOf, daysBetween } from "@twin/contracts/calendar";
import type { EngagementAnswer, EngagementInput } from "@twin/contracts/engagement";
import { lifecycleStages } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { type Days, daysOf, type FigureFilter, ofDays, readFilter } from "../filter/filter.ts";
import { filtered } from "../filter/filtered.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { noBits, periodOf, type Periods, periodsOf } from "../../tenancy/calendar/periods.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { underFilter } from "../filter/under-filter.ts";
import { asksAnything } from "../../people/filter.ts";
import { composed, only, type Places } from "../../postgres/statement.ts";
import { countPeriods, digitsOf, isCounted } from "./count-periods.ts";
import { stages } from "./stages.ts";

/**
 * Active users of the 1, 7 and 30 days that end with each day of the range; how many users were active in how many
 * periods of it; and who was new, returning, resurrecting or dormant in each. All exact, from bitsets.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readEngagement(
  db: Database,
  actor: Actor,
  input: EngagementInput,
  now: Date,
): Promise<EngagementAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone, figures_at } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "engagement.read");
    const first = bucketOf(range.start_date, input.interval);
    // The period before the first one is needed for comparison.
    const periods = periodsOf(addDays(first, -1), range.end_date, input.interval);
    return {
      timezone: time_zone,
      as_of: figures_at,
      not_applied,
      days: await readDays(tx, range, filter),
      ...(await readPeriods(tx, periods, range, today, filter)),
    };
  });
}

/** Each window is united from shorter ones: 2, 4, 7 days; 8, 16, 30 days. */
const windows = (p: Days) => sql`
  with whole as materialized (
    select day, lane, bits from day_users
    where org_id = ${p.org_id} and kind = 'active' and day >= ${p.from} - 29 and day <= ${p.to}
  ),
  one as (
    select g.day::date as day, l.lane, coalesce(w.bits, ${noBits}) as d1
    from generate_series(${p.from} - 29, ${p.to}, interval '1 day') g (day)
    cross join (select distinct lane from whole) l
    left join whole w on w.day = g.day::date and w.lane = l.lane
  ),
  two as (select *, d1 | lag(d1, 1, ${noBits}) over w as d2 from one window w as (partition by lane order by day)),
  four as (select *, d2 | lag(d2, 2, ${noBits}) over w as d4 from two window w as (partition by lane order by day)),
  eight as (
    select day, lane, d1, d4 | lag(d4, 3, ${noBits}) over w as d7, d4 | lag(d4, 4, ${noBits}) over w as d8
    from four window w as (partition by lane order by day)
  ),
  sixteen as (
    select day, lane, d1, d7, d8 | lag(d8, 8, ${noBits}) over w as d16
    from eight window w as (partition by lane order by day)
  ),
  thirty as (
    select day, d1, d7, d16 | lag(d16, 14, ${noBits}) over w as d30
    from sixteen window w as (partition by lane order by day)
  )
  select day as date, sum(bit_count(d1))::int as dau, sum(bit_count(d7))::int as wau, sum(bit_count(d30))::int as mau
  from thirty where day >= ${p.from} group by day`;

const activeByDay = filtered(
  "figures.engagement_days",
  ofDays,
  { date: "date", dau: "int", wau: "int", mau: "int" },
  (p, filter) => underFilter(filter, p.org_id, windows(p)),
);

async function readDays(tx: Tx, range: DayRange, filter: FigureFilter): Promise<EngagementAnswer["days"]> {
  const rows = await tx.query(activeByDay(daysOf(tx, range), filter));
  const byDate = new Map(rows.map((row) => [row.date, row]));
  return Array.from({ length: daysBetween(range.start_date, range.end_date) }, (_, index) => {
    const date = addDays(range.start_date, index);
    const { dau, wau, mau } = byDate.get(date) ?? { dau: 0, wau: 0, mau: 0 };
    return { date, dau, wau, mau, stickiness: mau === 0 ? null : dau / mau };
  });
}

const ofPeriods = { ...ofDays, starts: "date[]", last: "date" } as const;

/**
 * Lifecycle of whole periods: `starts` are their first days (the first one only for looking back) and `last` is the last
 * day of all; and how many users were active in how many periods of the days from `from` to `to`.
 */
const lifecycleAndCounts = (p: Places<typeof ofPeriods>, digits: number): SQL => sql`
  with recursive member as materialized (
    select ${periodOf("day", p.starts)} as i, lane, bit_or(bits) filter (where kind = 'active') as active,
      bit_or(bits) filter (where kind = 'first') as first,
      bit_or(bits) filter (where kind = 'active' and day >= ${p.from} and day <= ${p.to}) as counted
    from day_users
    where org_id = ${p.org_id} and kind in ('active', 'first') and day >= (${p.starts})[1] and day <= ${p.last} group by 1, 2
  ),
  step as (
    select p.i, coalesce(m.active, ${noBits}) as now, coalesce(m.first, ${noBits}) as first,
      lag(coalesce(m.active, ${noBits}), 1, ${noBits}) over (partition by l.lane order by p.i) as before
    from generate_series(0, cardinality(${p.starts}) - 1) p (i) cross join (select distinct lane from member) l
    left join member m on m.i = p.i and m.lane = l.lane
  ),
  ${countPeriods(digits)}
  select 'lifecycle' as what, i as at, array[${sql.join(
    lifecycleStages.map((stage) => sql`sum(bit_count(${stages[stage]}))`),
    sql`, `,
  )}]::int[] as counts
  from step where i > 0 group by i
  union all
  select 'counts', v.days, array[sum(bit_count(${isCounted(digits, sql`v.days`)}))]::int[]
  from counter c join lane l on l.lane = c.lane and l.sets_n = c.done
  cross join lateral generate_series(1, l.sets_n) v (days)
  group by v.days`;

const periodsRow = { what: only<"lifecycle" | "counts">("text"), at: "int", counts: "int[]" } as const;

const activeByPeriod = composed(
  "figures.engagement_periods",
  ofPeriods,
  periodsRow,
  (p, digits: number, filter: FigureFilter) => underFilter(filter, p.org_id, lifecycleAndCounts(p, digits)),
  (digits, filter) => (asksAnything(filter) ? null : `_${digits}`),
);

async function readPeriods(
  tx: Tx,
  { starts: [before, ...starts], ends }: Periods,
  range: DayRange,
  today: string,
  filter: FigureFilter,
): Promise<Pick<EngagementAnswer, "active_days" | "lifecycle">> {
  const digits = digitsOf(starts.length);
  const periods = { starts: [before!, ...starts], last: ends.at(-1)! };
  const rows = await tx.query(activeByPeriod({ ...daysOf(tx, range), ...periods }, digits, filter));
  const lifecycle = new Map(rows.filter(({ what }) => what === "lifecycle").map(({ at, counts }) => [at, counts]));
  return {
    active_days: rows
      .flatMap(({ what, at, counts }) => (what === "counts" && counts[0]! > 0 ? [{ days: at, users: counts[0]! }] : []))
      .sort((a, b) => a.days - b.days),
    lifecycle: starts.map((date, index) => {
      const [created = 0, returning = 0, resurrecting = 0, dormant = 0] = lifecycle.get(index + 1) ?? [];
      const complete = ends[index + 1]! < today;
      return { date, complete, new: created, returning, resurrecting, dormant: dormant === 0 ? 0 : -dormant };
    }),
  };
}
