import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";

/** Refreshes `mv_monthly_user_stats`, for all organisations at once. */
export async function refreshViews(db: Database, actor: Actor): Promise<void> {
  await inTenant(db, actor, (tx) => tx.query({ text: "select refresh_monthly_user_stats()" }));
}
