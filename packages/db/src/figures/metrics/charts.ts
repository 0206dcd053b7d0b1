import { bucketsOf, type Interval } from "@twin/contracts/calendar";
import { activityColumns } from "@twin/contracts/figures";
import { type ActivityType, activityTypes } from "@twin/contracts/vocabulary";
import type { ChartsAnswer, ChartsInput } from "@twin/contracts/metrics";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { filtered } from "../filter/filtered.ts";
import { daysOf, ofDays, readFilter, summedFacts } from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";

const ofEachType = <T>(make: (type: ActivityType) => T): Record<ActivityType, T> =>
  Object.fromEntries(activityTypes.map((type) => [type, make(type)])) as Record<ActivityType, T>;
const row = { date: "date", ...ofEachType(() => "int" as const) } as const;
const sumOfEach = sql.raw(activityTypes.map((type) => `sum(d.${activityColumns[type]})::int as ${type}`).join(", "));

const activitiesBy = (interval: Interval) =>
  filtered(`figures.chart_activity_${interval}`, ofDays, row, (p, filter) => {
    const date = sql.raw(interval === "day" ? "d.day" : `date_trunc('${interval}', d.day::timestamp)::date`);
    return sql`
      select ${date} as date, ${sumOfEach}
      from ${summedFacts(filter, p)} group by 1`;
  });
const activities = { day: activitiesBy("day"), week: activitiesBy("week"), month: activitiesBy("month") };

/**
 * Activities started, by type and bucket of the range, zero-filled.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readCharts(db: Database, actor: Actor, input: ChartsInput, now: Date): Promise<ChartsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const range = rangeOf(input, calendar.today, calendar.time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "charts.activity");
    const { interval = "day" } = input;
    const rows = await tx.query(activities[interval](daysOf(tx, range), filter));
    const byDate = new Map(rows.map((row) => [row.date, row]));
    const buckets = bucketsOf(range.start_date, range.end_date, interval, calendar.today).map((bucket) => {
      const counts = ofEachType((type) => byDate.get(bucket.date)?.[type] ?? 0);
      return { ...bucket, total: Object.values(counts).reduce((sum, one) => sum + one, 0), ...counts };
    });
    return { as_of: calendar.figures_at, not_applied, buckets };
  });
}
