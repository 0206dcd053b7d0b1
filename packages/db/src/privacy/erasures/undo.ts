import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readErasureOf } from "./state.ts";

const lockUser = statement(
  "privacy.lock_user",
  { org_id: "int", user_id: "uuid" },
  {},
  (p) => sql`select from users where org_id = ${p.org_id} and id = ${p.user_id} for no key update`,
  { plan: "each" },
);

const restoreUser = statement(
  "privacy.restore_user",
  { org_id: "int", user_id: "uuid" },
  {},
  (p) => sql`update users set deleted_at = null where org_id = ${p.org_id} and id = ${p.user_id}`,
  { plan: "each" },
);

const deleteTombstones = statement(
  "privacy.delete_tombstones",
  { org_id: "int", erasure_id: "uuid" },
  {},
  (p) => sql`delete from tombstones where org_id = ${p.org_id} and erasure_id = ${p.erasure_id}`,
  { plan: "each" },
);

const undo = statement(
  "privacy.undo_erasure",
  { org_id: "int", id: "uuid", now: "timestamptz" },
  {},
  (p) => sql`update erasures set status = 'undone', ended_at = ${p.now} where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/**
 * Undoes an erasure of which nothing is deleted yet: the person is in all lists again, and their records are accepted
 * again.
 * @throws NOT_FOUND; CONFLICT where there is nothing to undo, or it is too late
 */
export function undoErasure(
  db: Database,
  actor: Actor,
  { user_id }: { user_id: string },
  now: Date,
): Promise<{ ok: true }> {
  return inTenant(db, actor, async (tx) => {
    // The erasure locks the same row first: whichever comes second sees what the other did.
    const [user] = await tx.query(lockUser({ org_id: tx.org_id, user_id }));
    const erasure = await readErasureOf(tx, now, user_id);
    if (!user && !erasure) throw new DomainError("NOT_FOUND", "there is no such person", { path: "user_id" });
    if (!erasure) throw new DomainError("CONFLICT", "this person isn't being erased", { path: "user_id" });
    if (erasure.status !== "asked")
      throw new DomainError("CONFLICT", "the erasure has begun and can't be undone any more", { path: "user_id" });
    await tx.query(restoreUser({ org_id: tx.org_id, user_id }));
    await tx.query(deleteTombstones({ org_id: tx.org_id, erasure_id: erasure.id }));
    await tx.query(undo({ org_id: tx.org_id, id: erasure.id, now: now.toISOString() }));
    await recordAudit(tx, {
      action: "user.undo_erasure",
      object_type: "user",
      object_id: user_id,
      details: { erasure: erasure.id },
    });
    return { ok: true as const };
  });
}
