import { addDays, nextBucket } from "@twin/contracts/calendar";
import type { RetentionAnswer, RetentionInput } from "@twin/contracts/retention";
import { type Actor, inTenant, type Tx } from "../actor.ts";
import type { Database } from "../connect.ts";
import { readCalendar } from "../metrics/local-days.ts";
import { periodRows, periodsOf } from "../metrics/periods.ts";
import { rangeOf } from "../metrics/range.ts";
import { horizonOf } from "./horizon.ts";
import { rateOf } from "./wilson.ts";

type Row = { what: "size" | "cells" | "day"; i: number; at: number[]; counts: number[] };

/**
 * `$4`: cohorts, `$5`: periods after each, `$6`: last day that counts, `$7`: whose bits make a cohort, `$8`: today,
 * `$9`: last period that is shown (what lies after it is a tail that only on_or_after looks at).
 */
const retentionTable = (onOrAfter: boolean) => `
  with ${periodRows},
  cohort as materialized (
    select p.i, d.lane, bit_or(d.bits) as bits
    from period p join day_users d on d.org_id = $1 and d.kind = $7 and d.day >= p.lo and d.day <= p.hi
    where p.i < $4::int group by p.i, d.lane
  ),
  active as materialized (
    select p.i, d.lane, bit_or(d.bits) as bits
    from period p join day_users d on d.org_id = $1 and d.kind = 'active' and d.day >= p.lo and d.day <= least(p.hi, $6::date)
    where p.i > 0 group by p.i, d.lane
  ),
  ${
    onOrAfter
      ? `later as materialized (
    select p.i, l.lane, bit_or(a.bits) over (partition by l.lane order by p.i desc) as bits
    from period p cross join (select distinct lane from cohort) l left join active a on a.i = p.i and a.lane = l.lane
  ),`
      : ""
  }
  cell as (
    select c.i, a.i - c.i as at, sum(bit_count(c.bits & a.bits))::int as retained
    from cohort c join ${onOrAfter ? "later" : "active"} a on a.lane = c.lane and a.i > c.i and a.i <= c.i + $5::int and a.i <= $9::int
    group by 1, 2
  ),
  newcomer as materialized (
    select d.day, d.lane, d.bits from day_users d
    where d.org_id = $1 and d.kind = 'first'
      and d.day >= (select min(lo) from period) and d.day <= (select max(hi) from period where i < $4::int)
  )
  select 'size' as what, i, '{}'::int[] as at, array[sum(bit_count(bits))::int] as counts from cohort group by i
  union all
  select 'cells', i, array_agg(at), array_agg(retained) from cell where retained > 0 group by i
  union all
  select 'day', after.days, '{}', array[
    coalesce(sum(bit_count(f.bits & a.bits)) filter (where f.day + after.days < $8::date), 0)::int,
    coalesce(sum(bit_count(f.bits)) filter (where f.day + after.days < $8::date), 0)::int,
    coalesce(sum(bit_count(f.bits)), 0)::int]
  from newcomer f cross join (values (1), (7), (30)) after (days)
  left join day_users a on a.org_id = $1 and a.kind = 'active' and a.day = f.day + after.days and a.lane = f.lane
  group by after.days`;

/**
 * Cohorts of the range, widened to whole periods, with how many of each came back in which period after it; averages
 * over complete cells, weighted by people; day-1, -7 and -30 rates of those whose first session lies in the cohorts.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readRetention(
  db: Database,
  actor: Actor,
  input: RetentionInput,
  now = new Date(),
): Promise<RetentionAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const horizon = horizonOf(input.match, input.until, today);
    const { starts } = periodsOf(range.start_date, range.end_date, input.period);
    const shown = periodsOf(starts[0]!, lastShown(starts.at(-1)!, input, horizon.begun), input.period);
    const width = input.periods ?? starts.length - 1;
    const rows = await readTable(tx, input, shown, { cohorts: starts.length, width, last: horizon.last, today });

    const found = new Map(rows.map((row) => [`${row.what} ${row.i}`, row]));
    const begun = shown.starts.findLastIndex((start) => start <= horizon.begun);
    const isComplete = (index: number) => shown.ends[index]! <= horizon.last;
    const cohorts = starts.map((cohort, i) => {
      const size = found.get(`size ${i}`)?.counts[0] ?? 0;
      const row = found.get(`cells ${i}`);
      const retained = new Map(row?.at.map((at, index) => [at, row.counts[index]!]));
      // Without `periods` the last cohort's own period is the last one shown.
      const furthest = Math.min(input.periods === undefined ? starts.length - 1 : i + width, begun);
      const cells = [{ period: 0, retained: size, complete: nextBucket(cohort, input.period) <= today }];
      for (let at = 1; i + at <= furthest; at++)
        cells.push({ period: at, retained: retained.get(at) ?? 0, complete: isComplete(i + at) });
      return { cohort, size, cells };
    });
    const day = (days: number) => {
      const [retained = 0, eligible = 0, all = 0] = found.get(`day ${days}`)?.counts ?? [];
      return { ...rateOf(retained, eligible), rate_all: all === 0 ? null : retained / all };
    };
    return { timezone: time_zone, cohorts, average: averageOf(cohorts), day_1: day(1), day_7: day(7), day_30: day(30) };
  });
}

/** First day of the last period that any cohort shows: so many after the last cohort as asked, if it has begun. */
function lastShown(lastCohort: string, { period, periods = 0 }: RetentionInput, begun: string): string {
  let last = lastCohort;
  for (let at = 0; at < periods && nextBucket(last, period) <= begun; at++) last = nextBucket(last, period);
  return last;
}

type Shape = { cohorts: number; width: number; last: string; today: string };

function readTable(tx: Tx, input: RetentionInput, shown: { starts: string[]; ends: string[] }, shape: Shape) {
  const onOrAfter = input.match === "on_or_after";
  const after = addDays(shown.ends.at(-1)!, 1);
  const tail = onOrAfter && after <= shape.last;
  return tx.query<Row>({
    name: `retention_${input.match}`,
    text: retentionTable(onOrAfter),
    values: [
      tx.org_id,
      tail ? [...shown.starts, after] : shown.starts,
      tail ? [...shown.ends, shape.last] : shown.ends,
      shape.cohorts,
      shape.width,
      shape.last,
      input.mode === "first" ? "first" : "active",
      shape.today,
      shown.starts.length - 1,
    ],
  });
}

/** Of each period, over the cohorts whose cell is complete: all who came back / all who could. */
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
