import { randomUUID } from "node:crypto";
import type { PersonExport } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { enqueueWithin } from "../../jobs/enqueue.ts";
import { readUser } from "../../people/users/find.ts";

/** How long an export waits to be fetched. */
const daysToFetch = 14;

/** The account that an export is for. */
export const requesterOf = (actor: Actor): string =>
  actor.kind === "member" ? actor.account_id : actor.kind === "service" ? actor.key_id : actor.job;

const replaceExports = statement(
  "privacy.replace_exports",
  { org_id: "int", user_id: "uuid", requested_by: "text" },
  {},
  (p) => sql`
    with old as (
      update exports set status = 'expired', wrapped = null, error = null
      where org_id = ${p.org_id} and user_id = ${p.user_id} and requested_by = ${p.requested_by} and status in ('queued', 'ready', 'failed') returning id
    ) delete from export_chunks where org_id = ${p.org_id} and export_id in (select id from old)`,
  { plan: "each" },
);

const insertExport = statement(
  "privacy.insert_export",
  { org_id: "int", id: "uuid", user_id: "uuid", requested_by: "text", now: "timestamptz" },
  {},
  (p) => sql`
    insert into exports (org_id, id, user_id, requested_by, requested_at, expires_at)
    values (${p.org_id}, ${p.id}, ${p.user_id}, ${p.requested_by}, ${p.now}, ${p.now} + interval '${sql.raw(String(daysToFetch))} days')`,
  { plan: "each" },
);

/**
 * Has a zip made of everything that is held on a person, for the actor alone. An earlier one for the same actor is deleted.
 * @throws NOT_FOUND; CONFLICT once the erasure has begun
 */
export function requestExport(
  db: Database,
  actor: Actor,
  { user_id }: { user_id: string },
  now: Date,
): Promise<PersonExport> {
  return inTenant(db, actor, async (tx) => {
    const user = await readUser(tx, user_id);
    if (!user) throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    if (user.state === "erasing")
      throw new DomainError("CONFLICT", "this person's erasure has begun: an export would not be complete any more", {
        path: "user_id",
      });
    await tx.query(replaceExports({ org_id: tx.org_id, user_id, requested_by: requesterOf(actor) }));
    const id = randomUUID();
    await tx.query(
      insertExport({ org_id: tx.org_id, id, user_id, requested_by: requesterOf(actor), now: now.toISOString() }),
    );
    await enqueueWithin(tx, "users/export", { org_id: tx.org_id, export_id: id }, { key: `export:${tx.org_id}:${id}` });
    await recordAudit(tx, {
      action: "user.request_export",
      object_type: "user",
      object_id: user_id,
      details: { export: id },
    });
    return (await readExportOf(tx, actor, user_id))!;
  });
}

const lastExport = statement(
  "privacy.last_export",
  { org_id: "int", user_id: "uuid", requested_by: "text" },
  {
    id: "uuid",
    status: only<PersonExport["status"]>("text"),
    error: "text?",
    requested_at: "timestamptz",
    ready_at: "timestamptz?",
    fetched_at: "timestamptz?",
    expires_at: "timestamptz",
    bytes: "bigint?",
  },
  (p) => sql`
    select id, status, error, requested_at, ready_at, fetched_at, expires_at, bytes from exports
    where org_id = ${p.org_id} and user_id = ${p.user_id} and requested_by = ${p.requested_by} order by requested_at desc limit 1`,
);

/** The last export of a person that the actor asked for. */
export async function readExportOf(tx: Tx, actor: Actor, user_id: string): Promise<PersonExport | null> {
  const [row] = await tx.query(lastExport({ org_id: tx.org_id, user_id, requested_by: requesterOf(actor) }));
  return row ?? null;
}
