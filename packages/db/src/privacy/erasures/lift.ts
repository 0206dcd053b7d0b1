import type { LiftInput } from "@twin/contracts/privacy";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { addressKey } from "../../people/address-key.ts";
import { keyHash } from "../../people/external-ids.ts";

/**
 * Lets a person who was erased in again: every tombstone of that erasure goes, whichever name it stands for. They come
 * back as somebody new.
 * @throws NOT_FOUND where nobody of this address was erased; CONFLICT while the erasure can still be undone
 */
export function liftTombstone(db: Database, actor: Actor, { email }: LiftInput): Promise<{ lifted: number }> {
  return inTenant(db, actor, async (tx) => {
    const [found] = await tx.query<{ erasure_id: string | null; user_id: string | null; status: string | null }>({
      text: `select t.erasure_id, e.user_id, e.status
        from tombstones t left join erasures e on e.org_id = t.org_id and e.id = t.erasure_id
        where t.org_id = $1 and t.key_hash = $2`,
      values: [tx.org_id, keyHash("email", "", addressKey(email))],
    });
    if (!found) throw new DomainError("NOT_FOUND", "nobody with this address was erased", { path: "email" });
    if (found.status === "asked" || found.status === "erasing")
      throw new DomainError(
        "CONFLICT",
        found.status === "asked"
          ? "this person's erasure can still be undone: undo it instead"
          : "this person's erasure is at work: wait until it is done",
        { path: "email" },
      );
    const gone = await tx.query({
      text: `delete from tombstones where org_id = $1 and (key_hash = $2 or erasure_id = $3::uuid) returning 1`,
      values: [tx.org_id, keyHash("email", "", addressKey(email)), found.erasure_id],
    });
    await recordAudit(tx, {
      action: "user.lift_tombstone",
      object_type: "user",
      ...(found.user_id && { object_id: found.user_id }),
      details: { erasure: found.erasure_id },
    });
    return { lifted: gone.length };
  });
}
