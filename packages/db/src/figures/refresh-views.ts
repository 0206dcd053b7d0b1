import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";

/** Refreshes `mv_monthly_user_stats`, for all organisations at once. */
export async function refreshViews(db: Database, actor: Actor): Promise<void> {
  await inTenant(db, actor, (tx) => tx.query({ text: "select refresh_monthly_user_stats()" }));
}
