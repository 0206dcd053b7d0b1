import type { Tx } from "../actor.ts";
import { compare, dayWaits } from "./compare.ts";
import { dayColumns, daysFromFacts, hoursFromRaw, installationsOf, newUsersOf } from "./store-days.ts";
import { bitsFromFacts, laneWidth } from "./store-people.ts";
import type { Difference, Scope } from "./verify.ts";

/** Compares `daily_metrics`, `activity_hours` and `day_users` of days with facts, people, installations and raw rows. */
export async function compareDays(tx: Tx, days: string[], scope: Scope): Promise<Difference[]> {
  return [
    ...(await compareDailyMetrics(tx, days, scope)),
    ...(await compareHours(tx, days, scope)),
    ...(await compareBits(tx, days, false)),
    ...(await compareBits(tx, days, true)),
  ];
}

function compareDailyMetrics(tx: Tx, days: string[], { zone }: Scope): Promise<Difference[]> {
  const columns = [...dayColumns, "new_users", "total_twin_installations"];
  return compare(tx, {
    table: "daily_metrics",
    with: daysFromFacts,
    stored: `select d.metric_date, ${columns.map((column) => `d.${column}`).join(", ")}
      from asked a join daily_metrics d on d.org_id = $1 and d.metric_date = a.day`,
    // A day without a row is a day of zeros; its installations are counted when it is read.
    fresh: `select f.day as metric_date, ${dayColumns.map((column) => `f.${column}`).join(", ")},
        ${newUsersOf} as new_users, ${installationsOf} as total_twin_installations
      from fresh f
      where exists (select from daily_metrics d where d.org_id = $1 and d.metric_date = f.day)
        or f.total_sessions + f.total_conversations + f.total_messages + f.total_documents_drafted + f.total_queries
          + f.total_shared_interactions + ${newUsersOf} > 0`,
    key: ["metric_date"],
    columns,
    waits: dayWaits("metric_date"),
    values: [tx.org_id, days, zone],
  });
}

function compareHours(tx: Tx, days: string[], { zone }: Scope): Promise<Difference[]> {
  return compare(tx, {
    table: "activity_hours",
    with: hoursFromRaw,
    stored: "select day, platform, hours from activity_hours where org_id = $1 and day = any ($2)",
    fresh: "select day, platform, hours from fresh",
    key: ["day", "platform"],
    columns: ["hours"],
    waits: dayWaits("day"),
    values: [tx.org_id, days, zone],
  });
}

async function compareBits(tx: Tx, days: string[], first: boolean): Promise<Difference[]> {
  const [last] = await tx.query<{ lane: number }>({
    text: `select greatest((select max(n) from users where org_id = $1) / ${laneWidth}, (select max(lane) from day_users where org_id = $1), 0) as lane`,
    values: [tx.org_id],
  });
  const lanes = Array.from({ length: last!.lane + 1 }, (_, lane) => lane);
  return compare(tx, {
    table: "day_users",
    with: bitsFromFacts,
    stored: `select kind, day, lane, bits::text from day_users where org_id = $1 and day = any ($2) and (kind = 'first') = $4`,
    fresh: "select kind, day, lane, bits::text from fresh",
    key: ["kind", "day", "lane"],
    columns: ["bits"],
    waits: dayWaits("day"),
    values: [tx.org_id, days.flatMap((day) => lanes.map(() => day)), days.flatMap(() => lanes), first],
  });
}
