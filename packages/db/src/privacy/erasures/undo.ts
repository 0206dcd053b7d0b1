import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readErasureOf } from "./state.ts";

/**
 * Takes an erasure back while nothing has gone: the person is in all lists again, and their records come in again.
 * @throws NOT_FOUND; CONFLICT where there is nothing to undo, or it is too late
 */
export function undoErasure(
  db: Database,
  actor: Actor,
  { user_id }: { user_id: string },
  now = new Date(),
): Promise<{ ok: true }> {
  return inTenant(db, actor, async (tx) => {
    // What destroys holds the same row first: whoever comes second sees what the other did.
    const [user] = await tx.query({
      text: "select from users where org_id = $1 and id = $2 for no key update",
      values: [tx.org_id, user_id],
    });
    const erasure = await readErasureOf(tx, now, user_id);
    if (!user && !erasure) throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    if (!erasure) throw new DomainError("CONFLICT", "this person isn't being erased", { path: "user_id" });
    if (erasure.status !== "asked")
      throw new DomainError("CONFLICT", "the erasure has begun: what is gone can't come back", { path: "user_id" });
    await tx.query({
      text: "update users set deleted_at = null where org_id = $1 and id = $2",
      values: [tx.org_id, user_id],
    });
    await tx.query({
      text: "delete from tombstones where org_id = $1 and erasure_id = $2",
      values: [tx.org_id, erasure.id],
    });
    await tx.query({
      text: "update erasures set status = 'undone', ended_at = $3 where org_id = $1 and id = $2",
      values: [tx.org_id, erasure.id, now.toISOString()],
    });
    await recordAudit(tx, {
      action: "user.undo_erasure",
      object_type: "user",
      object_id: user_id,
      details: { erasure: erasure.id },
    });
    return { ok: true as const };
  });
}
