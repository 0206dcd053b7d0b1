import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

const endExports = statement(
  "privacy.end_exports",
  { org_id: "int", now: "timestamptz" },
  { id: "uuid" },
  (p) => sql`
    with lost as (
      update exports x set status = 'failed',
        error = coalesce(x.error, 'its job was lost or cancelled: the worker may have run out of memory')
      where x.org_id = ${p.org_id} and x.status = 'queued' and x.expires_at >= ${p.now}
        and not exists (select from queued_jobs() j where j.job_key = 'export:' || x.org_id || ':' || x.id and j.state <> 'failed')
      returning x.id
    ), old as (
      update exports x set status = 'expired', wrapped = null, error = null
      where x.org_id = ${p.org_id} and x.status in ('queued', 'ready', 'failed') and x.expires_at < ${p.now}
      returning x.id
    ), ended as (select id from lost union all select id from old), gone as (
      delete from export_chunks where org_id = ${p.org_id} and export_id in (select id from ended)
    )
    select id from ended`,
  { plan: "each" },
);

/**
 * Deletes the contents of exports that nobody fetched in time, and fails those whose job isn't there any more: its worker
 * died each time, or it was cancelled.
 * @returns how many it changed
 */
export function expireExports(db: Database, actor: Actor, now: Date): Promise<number> {
  return inTenant(db, actor, async (tx) => {
    const ended = await tx.query(endExports({ org_id: tx.org_id, now: now.toISOString() }));
    return ended.length;
  });
}
