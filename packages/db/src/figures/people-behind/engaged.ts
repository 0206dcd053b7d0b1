import { addDays, bucketOf, type Interval, lastDayOf } from "@twin/contracts/calendar";
import type { LifecycleStage } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { noBits, periodOf, periodsOf } from "../../tenancy/calendar/periods.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { countPeriods, digitsOf, isCounted } from "../engagement/count-periods.ts";
import { stages } from "../engagement/stages.ts";
import type { PeopleSet } from "./sets.ts";

/** Who was active in exactly so many periods, by the days of the range. */
export function ofFrequency(interval: Interval, periods: number, { start_date, end_date }: DayRange): PeopleSet {
  const { starts } = periodsOf(start_date, end_date, interval);
  const begun = sql`${sql.param(starts)}::date[]`;
  const digits = digitsOf(starts.length);
  return {
    query: ({ org_id, from, to }) => sql`with recursive member as materialized (
        select ${periodOf("day", begun)} as i, lane, bit_or(bits) as counted from day_users
        where org_id = ${org_id} and kind = 'active' and day >= ${from} and day <= ${to} group by 1, 2
      ), ${countPeriods(digits)}
      select c.lane, ${isCounted(digits, sql.raw(String(periods)))} as bits
      from counter c join lane l on l.lane = c.lane and l.sets_n = c.done where l.sets_n >= ${sql.raw(String(periods))}`,
  };
}

/** Who is at a stage in the whole period in which the range ends. */
export function ofStage(interval: Interval, stage: LifecycleStage, { end_date }: DayRange): PeopleSet {
  const start = bucketOf(end_date, interval);
  const before = bucketOf(addDays(start, -1), interval);
  const first = sql`${start}::date`;
  return {
    range: { start_date: before, end_date: lastDayOf(start, interval) },
    query: ({ org_id, from, to }) => sql`select lane, ${stages[stage]} as bits from (
        select lane, coalesce(bit_or(bits) filter (where kind = 'active' and day >= ${first}), ${noBits}) as now,
          coalesce(bit_or(bits) filter (where kind = 'first' and day >= ${first}), ${noBits}) as first,
          coalesce(bit_or(bits) filter (where kind = 'active' and day < ${first}), ${noBits}) as before
        from day_users where org_id = ${org_id} and kind in ('active', 'first') and day >= ${from} and day <= ${to} group by lane
      ) s`,
  };
}
