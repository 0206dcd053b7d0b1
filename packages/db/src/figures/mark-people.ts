import type { Tx } from "../tenancy/actor.ts";

/**
 * Marks every day that figures of these people stand on, so that they are computed anew: in open days there is nothing to
 * compute them from any more where their rows went.
 */
export async function markDaysOf(tx: Tx, ns: readonly number[]): Promise<void> {
  await tx.query({
    name: "mark_days_of_people",
    text: `insert into ops.dirty_log (org_id, day, n, received_at)
      select $1::int, f.day, f.n, '-infinity' from (
        select day, n from user_days where org_id = $1 and n = any ($2::int[])
        union select usage_date, n from feature_usage where org_id = $1 and n = any ($2::int[])
        union select cohort_date, n from user_retention where org_id = $1 and n = any ($2::int[])
        union select month, n from monthly_user_stats where org_id = $1 and n = any ($2::int[])
      ) f`,
    values: [tx.org_id, ns],
  });
}
