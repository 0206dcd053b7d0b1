import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { compare, type Difference, personWaits, type Scope } from "../compare.ts";
import { compareSum } from "../sums/verify.ts";
import { sqlMonthOf, monthsFromRaw, storedTwinMonths } from "./define.ts";

const monthKey = ["n", "month"] as const;

/** Compares `monthly_user_stats` of people's months with raw activities. */
export async function comparePersonMonths(
  tx: Tx,
  ns: number[],
  months: string[],
  { day_rule }: Scope,
): Promise<Difference[]> {
  if (ns.length === 0) return [];
  const columns = ["session_count", "activity_count", "duration_sum", "duration_n"];
  return compare(tx, {
    table: "monthly_user_stats",
    with: monthsFromRaw,
    stored: `select m.n, m.month, ${columns.map((column) => `m.${column}`).join(", ")}
      from asked a join monthly_user_stats m on m.org_id = $1 and m.n = a.n and m.month = a.month`,
    fresh: `select n, month, ${columns.join(", ")} from fresh`,
    key: monthKey,
    columns,
    waits: personWaits,
    values: [tx.org_id, ns, months, day_rule, ...(await boundIds(tx, months, 31))],
  });
}

/** All twins of the months that the days lie in. */
export async function compareTwinMonths(tx: Tx, days: string[]): Promise<Difference[]> {
  const asked = await tx.query<{ twin_id: string; month: string }>({
    text: `with month as (select distinct ${sqlMonthOf("day")} as month from unnest($2::date[]) d (day))
      select d.twin_id, m.month from month m join user_days d on d.org_id = $1 and d.day >= m.month and d.day < m.month + interval '1 month'
      union select t.twin_id, t.month from twin_months t where t.org_id = $1 and t.month in (select month from month)`,
    values: [tx.org_id, days],
  });
  const waits =
    "exists (select from ops.dirty_log l where l.org_id = $1 and l.day >= b.month and l.day < b.month + interval '1 month')";
  return compareSum(tx, storedTwinMonths, waits, [
    tx.org_id,
    asked.map(({ twin_id }) => twin_id),
    asked.map(({ month }) => month),
  ]);
}
