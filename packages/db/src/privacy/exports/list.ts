import type { PersonExport } from "@twin/contracts/privacy";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";

/** An export, whose it is, and the job that makes it as long as that is in the queue. */
export type ListedExport = PersonExport & { user_id: string; email: string; requested_by: string; job: number | null };

/** Exports of the actor's organisation, whoever asked for them, newest first. For operators: the queue is theirs alone. */
export function listExports(db: Database, actor: Actor, { limit }: { limit: number }): Promise<ListedExport[]> {
  return inTenant(db, actor, (tx) =>
    tx.query<ListedExport>({
      text: `select x.id, x.user_id, u.email, x.status, x.error, x.requested_by, x.requested_at, x.ready_at, x.fetched_at, x.expires_at, x.bytes,
          (select max(j.id) from queued_jobs() j where j.job_key = 'export:' || x.org_id || ':' || x.id) as job
        from exports x join users u on u.org_id = $1 and u.id = x.user_id
        where x.org_id = $1 order by x.requested_at desc, x.id limit $2`,
      values: [tx.org_id, limit],
    }),
  );
}
