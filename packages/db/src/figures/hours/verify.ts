import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { compare, dayWaits, type Difference, type Scope } from "../compare.ts";
import { hoursFromRaw } from "./define.ts";

/** Compares stored activities by hour with the raw rows. */
export async function compareHours(tx: Tx, days: string[], { day_rule }: Scope): Promise<Difference[]> {
  return compare(tx, {
    table: "activity_hours",
    with: hoursFromRaw,
    stored: "select day, platform, hours from activity_hours where org_id = $1 and day = any ($2)",
    fresh: "select day, platform, hours from fresh",
    key: ["day", "platform"],
    columns: ["hours"],
    waits: dayWaits("day"),
    values: [tx.org_id, days, day_rule, ...(await boundIds(tx, days))],
  });
}
