import type { Tx } from "../actor.ts";

/** Deletes the contents of exports that nobody fetched in time, and what was left of those that couldn't be made. */
export async function expireExports(tx: Tx, now: Date): Promise<void> {
  await tx.query({
    text: `with old as (
        update exports set status = 'expired', wrapped = null
        where org_id = $1 and status in ('queued', 'ready') and expires_at < $2 returning id
      ) delete from export_chunks where org_id = $1 and export_id in (select id from old)`,
    values: [tx.org_id, now.toISOString()],
  });
}
