import { daysBetween } from "@twin/contracts/calendar";
import type { MetricsAnswer, MetricsInput } from "@twin/contracts/metrics";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readBuckets } from "./buckets.ts";
import { readFilter } from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { endedOf, previousOf, rangeOf, shiftedBy, type Stretch, stretchesOf } from "../../tenancy/calendar/range.ts";

/**
 * Daily, weekly or monthly metrics of a range: every bucket up to today, zero-filled, totals over the whole range, and the
 * period before if asked, cut into as many buckets of the same lengths. Under a filter all comes from the user-day facts,
 * never from scaling a total.
 * @throws BAD_REQUEST naming the field: an unknown user or twin, days in the future
 */
export function readMetrics(db: Database, actor: Actor, input: MetricsInput, now: Date): Promise<MetricsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const { today } = calendar;
    const range = rangeOf(input, today, calendar.time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "metrics.daily");
    const { interval = "day" } = input;
    const read = (stretches: readonly Stretch[]) => readBuckets(tx, stretches, filter, calendar);

    const buckets = stretchesOf(range, interval, today);
    const { rows: days, totals } = await read(buckets);
    const ended = endedOf(buckets, today);
    const holdsToday = range.end_date >= today;
    const finished = holdsToday ? await read(ended) : { rows: days, totals };
    const answer: MetricsAnswer = {
      timezone: calendar.time_zone,
      sealed_from: calendar.sealed_from,
      sealed_before: calendar.sealed_before,
      as_of: calendar.figures_at,
      not_applied,
      ...range,
      today,
      days,
      totals,
      finished: finished.totals,
    };
    if (input.compare === undefined) return answer;
    const before = (stretches: readonly Stretch[]) =>
      read(shiftedBy(stretches, daysBetween(range.start_date, range.end_date), interval));
    const counterpart = await before(ended);
    // A bucket that begins today has no ended day: its counterpart is drawn, but neither compared nor summed up.
    const begun = buckets.slice(ended.length);
    return {
      ...answer,
      previous: {
        ...previousOf(range),
        days: [...counterpart.rows, ...(await before(begun)).rows],
        until_yesterday: holdsToday && begun.length === 0 ? finished.rows.at(-1)! : null,
        totals: counterpart.totals,
        current: finished.totals,
      },
    };
  });
}
