import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError, isUnavailable } from "../../tenancy/errors.ts";

/** What an error of the making says to who asked: never what the program or the database said. */
export function reasonOf(error: unknown): string {
  if (error instanceof DomainError) return error.message;
  if (isUnavailable(error)) return "the database was away, or its disk is full";
  if (error instanceof Error && /unable to authenticate data|sealed value/.test(error.message))
    return "a stored text isn't what was stored, so it can't be decrypted";
  return "an unexpected error, which the list of jobs tells more of";
}

/**
 * Writes down that an export could not be made. The last time it is given up: what was made of it goes, and it may be
 * asked for again, or its job be tried again.
 */
export function failExport(
  db: Database,
  actor: Actor,
  id: string,
  { reason, isLast }: { reason: string; isLast: boolean },
): Promise<void> {
  return inTenant(db, actor, async (tx) => {
    await tx.query({
      text: `update exports set error = $3, status = case when $4 then 'failed' else status end
        where org_id = $1 and id = $2 and status = 'queued'`,
      values: [tx.org_id, id, reason, isLast],
    });
    await tx.query({
      text: `delete from export_chunks c using exports x
        where c.org_id = $1 and c.export_id = $2 and x.org_id = $1 and x.id = $2 and x.status = 'failed'`,
      values: [tx.org_id, id],
    });
  });
}
