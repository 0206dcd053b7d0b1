import { addDays, bucketOf, nextBucket } from "@twin/contracts/calendar";
import type { RetentionAnswer, RetentionInput, RetentionMatch, RetentionMode } from "@twin/contracts/retention";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readFilter, type FigureFilter } from "../filter/filter.ts";
import { filtered } from "../filter/filtered.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { periodOf, type Periods, periodsOf } from "../../tenancy/calendar/periods.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";
import { underFilter } from "../filter/under-filter.ts";
import { horizonOf } from "./horizon.ts";
import { rateOf } from "./wilson.ts";
import { only, type Places } from "../../postgres/statement.ts";

/** Rows by kind: [size]; people by period after the cohort's; [retained, eligible, all]. */
const row = {
  what: only<"size" | "cells" | "day">("text"),
  i: "int",
  counts: only<Record<number, number>>("json"),
} as const;

const ofTable = {
  org_id: "int",
  /** First days of the periods. */
  starts: "date[]",
  /** Last day of the cohorts. */
  cohorts_until: "date",
  /** Number of periods after each cohort's own. */
  width: "int",
  /** Last day that counts. */
  last: "date",
  /** Last period that is shown; the one after it is a tail that only on_or_after reads. */
  shown: "int",
  today: "date",
  /** Last day of the last period. */
  until: "date",
  /** The kind of period that is stored as a whole; null: none is. */
  period: "text?",
  /** The last day of the last period that is over by `last`. */
  whole_until: "date",
} as const;
type Table = Places<typeof ofTable>;

const retentionTable = (p: Table, mode: RetentionMode, match: RetentionMatch): SQL => sql`
  with cohort as materialized (
    ${mode === "first" ? firstCohorts(p) : recurringCohorts(p)}
  ),
  -- One row a period and lane, but for the tail, of which nobody counts the rows.
  active as (
    select ${periodOf("start_date", p.starts)} as i, lane, bits from active_periods
    where org_id = ${p.org_id} and period = ${p.period} and start_date >= (${p.starts})[2] and start_date <= least(${p.until}, ${p.whole_until})
    union all
    select ${periodOf("day", p.starts)} as i, lane, bit_or(bits) from day_users
    where org_id = ${p.org_id} and kind = 'active' and day >= (${p.starts})[2] and day > ${p.whole_until} and day <= least(${p.until}, ${p.last})
    group by 1, 2
  ),
  ${
    match === "on_or_after"
      ? sql`later as materialized (
    select p.i, l.lane, bit_or(a.bits) over (partition by l.lane order by p.i desc) as bits
    from generate_series(1, ${p.shown} + 1) p (i) cross join (select distinct lane from cohort) l
    left join active a on a.i = p.i and a.lane = l.lane
  ),`
      : sql``
  }
  cell as (
    select i, at, sum(retained)::int as retained
    from (
      -- Counted before they are grouped: a grouping that sorts would carry the sets along.
      select c.i, a.i - c.i as at, bit_count(c.bits & a.bits) as retained
      from cohort c join ${sql.raw(match === "on_or_after" ? "later" : "active")} a on a.lane = c.lane and a.i > c.i and a.i <= least(c.i + ${p.width}, ${p.shown})
      offset 0
    ) n group by 1, 2
  ),
  newcomer as materialized (
    select day, lane, bits, bit_count(bits) as people from day_users
    where org_id = ${p.org_id} and kind = 'first' and day >= (${p.starts})[1] and day <= ${p.cohorts_until}
  ),
  due as materialized (
    select after.days, day + after.days as day, lane, bits from newcomer cross join (values (1), (7), (30)) after (days)
    where day + after.days < ${p.today}
  ),
  returner as (
    select f.days, sum(bit_count(f.bits & a.bits)) as retained
    from due f join day_users a on a.org_id = ${p.org_id} and a.kind = 'active' and a.day = f.day and a.lane = f.lane group by 1
  )
  select 'size' as what, i, json_build_array(sum(bit_count(bits))) as counts from cohort group by i
  union all
  select 'cells', i, json_object_agg(at, retained) from cell where retained > 0 group by i
  union all
  select 'day', after.days, json_build_array(
    coalesce((select retained from returner r where r.days = after.days), 0),
    coalesce((select sum(people) from newcomer where day + after.days < ${p.today}), 0),
    coalesce((select sum(people) from newcomer), 0))
  from (values (1), (7), (30)) after (days)`;

const firstCohorts = (p: Table): SQL => sql`
    select ${periodOf("day", p.starts)} as i, lane, bit_or(bits) as bits from day_users
    where org_id = ${p.org_id} and kind = 'first' and day >= (${p.starts})[1] and day <= ${p.cohorts_until} group by 1, 2`;

/** People active in a period, today too. */
const recurringCohorts = (p: Table): SQL => sql`
    select ${periodOf("start_date", p.starts)} as i, lane, bits from active_periods
    where org_id = ${p.org_id} and period = ${p.period} and start_date >= (${p.starts})[1] and start_date <= ${p.cohorts_until}
    union all
    select ${periodOf("day", p.starts)}, lane, bits from day_users
    where org_id = ${p.org_id} and kind = 'active' and ${p.period} is null and day >= (${p.starts})[1] and day <= ${p.cohorts_until}`;

const tableOf = (mode: RetentionMode, match: RetentionMatch) =>
  filtered(`figures.retention_${mode}_${match}`, ofTable, row, (p, filter) =>
    underFilter(filter, p.org_id, retentionTable(p, mode, match)),
  );
const tables = {
  first: { on: tableOf("first", "on"), on_or_after: tableOf("first", "on_or_after") },
  recurring: { on: tableOf("recurring", "on"), on_or_after: tableOf("recurring", "on_or_after") },
};

/**
 * Cohorts of the range, widened to whole periods, with how many of each came back in which period after it; averages
 * over complete cells, weighted by people; day-1, -7 and -30 rates of those whose first session lies in the cohorts.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readRetention(db: Database, actor: Actor, input: RetentionInput, now: Date): Promise<RetentionAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone, figures_at } = await readCalendar(tx, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, "retention.read");
    const range = rangeOf(input, today, time_zone);
    const horizon = horizonOf(input.match, input.until, today);
    const { starts } = periodsOf(range.start_date, range.end_date, input.period);
    const shown = periodsOf(starts[0]!, lastShown(starts.at(-1)!, input, horizon.begun), input.period);
    const width = input.periods ?? starts.length - 1;
    const rows = await readTable(tx, input, shown, {
      cohorts: starts.length,
      width,
      last: horizon.last,
      today,
      filter,
    });

    const found = new Map(rows.map((row) => [`${row.what} ${row.i}`, row]));
    const begun = shown.starts.findLastIndex((start) => start <= horizon.begun);
    const isComplete = (index: number) => shown.ends[index]! <= horizon.last;
    const cohorts = starts.map((cohort, i) => {
      const size = found.get(`size ${i}`)?.counts[0] ?? 0;
      const retained = found.get(`cells ${i}`)?.counts;
      // Without `periods` the last cohort's own period is the last one shown.
      const furthest = Math.min(input.periods === undefined ? starts.length - 1 : i + width, begun);
      const cells = [{ period: 0, retained: size, complete: nextBucket(cohort, input.period) <= today }];
      for (let at = 1; i + at <= furthest; at++)
        cells.push({ period: at, retained: retained?.[at] ?? 0, complete: isComplete(i + at) });
      return { cohort, size, cells };
    });
    const day = (days: number) => {
      const { 0: retained = 0, 1: eligible = 0, 2: all = 0 } = found.get(`day ${days}`)?.counts ?? {};
      const [start_date, last] = [starts[0]!, shown.ends[starts.length - 1]!];
      const over = addDays(today, -1 - days);
      return {
        ...rateOf(retained, eligible),
        rate_all: all === 0 ? null : retained / all,
        days: start_date > over ? null : { start_date, end_date: last < over ? last : over },
      };
    };
    return {
      timezone: time_zone,
      as_of: figures_at,
      not_applied,
      cohorts,
      average: averageOf(cohorts),
      day_1: day(1),
      day_7: day(7),
      day_30: day(30),
    };
  });
}

/**
 * First day of the last period that any cohort shows: the number of periods asked for after the last cohort, if it has
 * begun.
 */
function lastShown(lastCohort: string, { period, periods = 0 }: RetentionInput, begun: string): string {
  let last = lastCohort;
  for (let at = 0; at < periods && nextBucket(last, period) <= begun; at++) last = nextBucket(last, period);
  return last;
}

type Shape = { cohorts: number; width: number; last: string; today: string; filter: FigureFilter };

function readTable(tx: Tx, input: RetentionInput, shown: Periods, { cohorts, width, last, today, filter }: Shape) {
  const { mode, match, period } = input;
  const onOrAfter = match === "on_or_after";
  const after = addDays(shown.ends.at(-1)!, 1);
  const values = {
    org_id: tx.org_id,
    starts: onOrAfter ? [...shown.starts, after] : shown.starts,
    cohorts_until: shown.ends[cohorts - 1]!,
    width,
    last,
    shown: shown.starts.length - 1,
    today,
    until: onOrAfter ? last : shown.ends.at(-1)!,
    period: period === "day" ? null : period,
    whole_until: period === "day" ? addDays(shown.starts[0]!, -1) : addDays(bucketOf(addDays(last, 1), period), -1),
  };
  return tx.query(tables[mode][match](values, filter));
}

/** For each period, over the cohorts whose cell is complete: all who came back / all who could. */
function averageOf(cohorts: RetentionAnswer["cohorts"]): RetentionAnswer["average"] {
  const periods = Math.max(0, ...cohorts.map(({ cells }) => cells.length));
  return Array.from({ length: periods }, (_, period) => {
    const complete = cohorts.filter(({ cells }) => cells[period]?.complete);
    const sum = (pick: (cohort: (typeof cohorts)[number]) => number) =>
      complete.reduce((total, cohort) => total + pick(cohort), 0);
    const retained = sum(({ cells }) => cells[period]!.retained);
    return {
      period,
      ...rateOf(
        retained,
        sum(({ size }) => size),
      ),
    };
  });
}
