import type { PersonExport } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";

/** An export, whose it is, and the job that makes it, as long as that is in the queue. */
export type ListedExport = PersonExport & { user_id: string; email: string; requested_by: string; job: number | null };

const listed = statement(
  "privacy.list_exports",
  { org_id: "int", limit: "int" },
  {
    id: "uuid",
    user_id: "uuid",
    email: "text",
    status: only<PersonExport["status"]>("text"),
    error: "text?",
    requested_by: "text",
    requested_at: "timestamptz",
    ready_at: "timestamptz?",
    fetched_at: "timestamptz?",
    expires_at: "timestamptz",
    bytes: "bigint?",
    job: "bigint?",
  },
  (p) => sql`
    select x.id, x.user_id, u.email, x.status, x.error, x.requested_by, x.requested_at, x.ready_at, x.fetched_at, x.expires_at, x.bytes,
      (select max(j.id) from queued_jobs() j where j.job_key = 'export:' || x.org_id || ':' || x.id) as job
    from exports x join users u on u.org_id = ${p.org_id} and u.id = x.user_id
    where x.org_id = ${p.org_id} order by x.requested_at desc, x.id limit ${p.limit}`,
  { plan: "each" },
);

/**
 * Exports of the actor's organisation, whoever asked for them, newest first. For operators, because the queue is theirs
 * alone.
 */
export function listExports(db: Database, actor: Actor, { limit }: { limit: number }): Promise<ListedExport[]> {
  return inTenant(db, actor, (tx) => tx.query(listed({ org_id: tx.org_id, limit })));
}
