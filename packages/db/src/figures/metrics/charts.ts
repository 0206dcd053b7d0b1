import { bucketsOf } from "@twin/contracts/calendar";
import type { ChartsAnswer, ChartsInput } from "@twin/contracts/metrics";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readFilter, summedFacts } from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";
import { asksAnything } from "../../people/filter.ts";

type Counts = Pick<ChartsAnswer["buckets"][number], "conversation" | "query" | "document" | "shared">;

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
    const values: unknown[] = [tx.org_id, range.start_date, range.end_date];
    const rows = await tx.query<Counts & { date: string }>({
      ...(asksAnything(filter) ? {} : { name: `chart_activity_${interval}` }),
      text: `select ${interval === "day" ? "d.day" : `date_trunc('${interval}', d.day::timestamp)::date`} as date,
          sum(conversations)::int as conversation, sum(query_activities)::int as query,
          sum(document_activities)::int as document, sum(shared_activities)::int as shared
        from ${summedFacts(filter, values)} group by 1`,
      values,
    });
    const byDate = new Map(rows.map((row) => [row.date, row]));
    const buckets = bucketsOf(range.start_date, range.end_date, interval, calendar.today).map((bucket) => {
      const { conversation = 0, query = 0, document = 0, shared = 0 } = byDate.get(bucket.date) ?? {};
      return { ...bucket, total: conversation + query + document + shared, conversation, query, document, shared };
    });
    return { as_of: calendar.figures_at, not_applied, buckets };
  });
}
