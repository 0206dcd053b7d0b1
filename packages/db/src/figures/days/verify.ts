import type { Tx } from "../../tenancy/actor.ts";
import { compare, dayWaits, type Difference, type Scope } from "../compare.ts";
import { anythingOf, dayColumns, daysFromFacts, ownColumns, ownOf } from "./define.ts";

/** Compares stored figures of days with facts and with the rows that they count. */
export function compareDailyMetrics(tx: Tx, days: string[], { day_rule }: Scope): Promise<Difference[]> {
  const columns = [...dayColumns, ...ownColumns];
  return compare(tx, {
    table: "daily_metrics",
    with: daysFromFacts,
    stored: `select d.metric_date, ${columns.map((column) => `d.${column}`).join(", ")}
      from asked a join daily_metrics d on d.org_id = $1 and d.metric_date = a.day`,
    // A day without a row is a day of zeros; its installations are counted when it is read.
    fresh: `select f.day as metric_date, ${dayColumns.map((column) => `f.${column}`).join(", ")},
        ${ownColumns.map((column) => `${ownOf(column)} as ${column}`).join(", ")}
      from fresh f
      where exists (select from daily_metrics d where d.org_id = $1 and d.metric_date = f.day)
        or ${anythingOf}`,
    key: ["metric_date"],
    columns,
    waits: dayWaits("metric_date"),
    values: [tx.org_id, days, day_rule],
  });
}
