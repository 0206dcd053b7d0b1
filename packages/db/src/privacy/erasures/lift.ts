import type { LiftInput } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import type { ErasureRow } from "./state.ts";
import { addressKey } from "../../people/address-key.ts";
import { keyHash } from "../../people/external-ids.ts";

const tombstoneOf = statement(
  "privacy.tombstone_of_address",
  { org_id: "int", key_hash: "bytea" },
  { erasure_id: "uuid?", user_id: "uuid?", status: only<ErasureRow["status"] | null>("text") },
  (p) => sql`
    select t.erasure_id, e.user_id, e.status
    from tombstones t left join erasures e on e.org_id = t.org_id and e.id = t.erasure_id
    where t.org_id = ${p.org_id} and t.key_hash = ${p.key_hash}`,
  { plan: "each" },
);

const liftTombstones = statement(
  "privacy.lift_tombstones",
  { org_id: "int", key_hash: "bytea", erasure_id: "uuid?" },
  { gone: "int" },
  (p) =>
    sql`delete from tombstones where org_id = ${p.org_id} and (key_hash = ${p.key_hash} or erasure_id = ${p.erasure_id}) returning 1 as gone`,
  { plan: "each" },
);

/**
 * Lets an erased person in again: deletes every tombstone of that erasure, whichever name it stands for. They come back as
 * somebody new.
 * @throws NOT_FOUND where nobody of this address was erased; CONFLICT while the erasure can still be undone
 */
export function liftTombstone(db: Database, actor: Actor, { email }: LiftInput): Promise<{ lifted: number }> {
  return inTenant(db, actor, async (tx) => {
    const [found] = await tx.query(
      tombstoneOf({ org_id: tx.org_id, key_hash: keyHash("email", "", addressKey(email)) }),
    );
    if (!found) throw new DomainError("NOT_FOUND", "nobody with this address was erased", { path: "email" });
    if (found.status === "asked" || found.status === "erasing")
      throw new DomainError(
        "CONFLICT",
        found.status === "asked"
          ? "this person's erasure can still be undone: undo it instead"
          : "this person's erasure is at work: wait until it is done",
        { path: "email" },
      );
    const gone = await tx.query(
      liftTombstones({
        org_id: tx.org_id,
        key_hash: keyHash("email", "", addressKey(email)),
        erasure_id: found.erasure_id,
      }),
    );
    await recordAudit(tx, {
      action: "user.lift_tombstone",
      object_type: "user",
      ...(found.user_id && { object_id: found.user_id }),
      details: { erasure: found.erasure_id },
    });
    return { lifted: gone.length };
  });
}
