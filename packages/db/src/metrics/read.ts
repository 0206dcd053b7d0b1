import type { MetricsAnswer, MetricsInput } from "@twin/contracts/metrics";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { readBuckets } from "./buckets.ts";
import { resolveFilter } from "./filter.ts";
import { readCalendar } from "./local-days.ts";
import { comparedOf, previousOf, rangeOf } from "./range.ts";

/**
 * Daily, weekly or monthly metrics of a range: every bucket up to today, zero-filled, totals over the whole range, and
 * the period before if asked. Under a filter all comes from the user-day facts, never from scaling a total.
 * @throws BAD_REQUEST naming the field: an unknown user or twin, days in the future
 */
export function readMetrics(db: Database, actor: Actor, input: MetricsInput, now = new Date()): Promise<MetricsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const range = rangeOf(input, calendar.today, calendar.time_zone);
    const filter = await resolveFilter(tx, actor, input);
    const { interval = "day" } = input;
    const answer: MetricsAnswer = {
      timezone: calendar.time_zone,
      sealed_from: calendar.sealed_from,
      sealed_before: calendar.sealed_before,
      as_of: calendar.figures_at,
      ...range,
      today: calendar.today,
      ...(await readBuckets(tx, range, interval, filter, calendar)),
    };
    if (input.compare === undefined) return answer;
    const previous = previousOf(range);
    const { current, counterpart } = comparedOf(range, calendar.today);
    return {
      ...answer,
      previous: {
        ...previous,
        days: (await readBuckets(tx, previous, interval, filter, calendar)).days,
        totals: (await readBuckets(tx, counterpart, "month", filter, calendar)).totals,
        current: (await readBuckets(tx, current, "month", filter, calendar)).totals,
      },
    };
  });
}
