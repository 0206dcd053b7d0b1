import { sql } from "drizzle-orm";
import { statement } from "../postgres/statement.ts";
import type { Tx } from "../tenancy/actor.ts";

const markDays = statement(
  "figures.mark_days_of_people",
  { org_id: "int", ns: "int[]" },
  {},
  (p) => sql`
    insert into ops.dirty_log (org_id, day, n, received_at)
    select ${p.org_id}, f.day, f.n, '-infinity' from (
      select day, n from user_days where org_id = ${p.org_id} and n = any (${p.ns})
      union select usage_date, n from feature_usage where org_id = ${p.org_id} and n = any (${p.ns})
      union select cohort_date, n from user_retention where org_id = ${p.org_id} and n = any (${p.ns})
      union select month, n from monthly_user_stats where org_id = ${p.org_id} and n = any (${p.ns})
    ) f`,
);

/**
 * Marks every day with figures of these people to be computed anew: on open days whose rows were deleted, the figures go,
 * too.
 */
export async function markDaysOf(tx: Tx, ns: readonly number[]): Promise<void> {
  await tx.query(markDays({ org_id: tx.org_id, ns }));
}
