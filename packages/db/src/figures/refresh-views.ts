import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { only, statement } from "../postgres/statement.ts";

const refreshStats = statement(
  "figures.refresh_monthly_user_stats",
  {},
  { refreshed: only<"">("text") },
  () => sql`
    select refresh_monthly_user_stats()::text as refreshed`,
  { plan: "each" },
);

/** Refreshes `mv_monthly_user_stats`, for all organisations at once. */
export async function refreshViews(db: Database, actor: Actor): Promise<void> {
  await inTenant(db, actor, (tx) => tx.query(refreshStats({})));
}
