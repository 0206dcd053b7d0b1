import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError, isUnavailable } from "../../tenancy/errors.ts";

/** The reason of a failed export for the person who asked: never a message of the program or the database. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  if (isUnavailable(error)) return "the database was away, or its disk is full";
  if (error instanceof Error && /unable to authenticate data|sealed value/.test(error.message))
    return "a stored text isn't what was stored, so it can't be decrypted";
  return "an unexpected error, which the list of jobs tells more of";
}

const noteFailure = statement(
  "privacy.note_failed_export",
  { org_id: "int", id: "uuid", reason: "text", is_last: "boolean" },
  {},
  (p) => sql`
    update exports set error = ${p.reason}, status = case when ${p.is_last} then 'failed' else status end
    where org_id = ${p.org_id} and id = ${p.id} and status = 'queued'`,
  { plan: "each" },
);

const dropFailedChunks = statement(
  "privacy.delete_failed_chunks",
  { org_id: "int", id: "uuid" },
  {},
  (p) => sql`
    delete from export_chunks c using exports x
    where c.org_id = ${p.org_id} and c.export_id = ${p.id} and x.org_id = ${p.org_id} and x.id = ${p.id} and x.status = 'failed'`,
  { plan: "each" },
);

/**
 * Stores that an export could not be made. At the last attempt its chunks are deleted, and it may be asked for again, or
 * its job be tried again.
 */
export function failExport(
  db: Database,
  actor: Actor,
  id: string,
  { reason, isLast }: { reason: string; isLast: boolean },
): Promise<void> {
  return inTenant(db, actor, async (tx) => {
    await tx.query(noteFailure({ org_id: tx.org_id, id, reason, is_last: isLast }));
    await tx.query(dropFailedChunks({ org_id: tx.org_id, id }));
  });
}
