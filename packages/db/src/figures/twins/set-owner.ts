import type { SetTwinOwnerAnswer, SetTwinOwnerInput } from "@twin/contracts/twins";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { isId } from "../../records/ingest/references.ts";
import { addressKey } from "../../people/address-key.ts";
import { correctOwners } from "../../records/twins/correct-owners.ts";
import { findTwin } from "./find.ts";

/**
 * Puts right whose a twin is, as if it had been so from the beginning: shared use of open days follows by a job, sealed days
 * stay. It outranks every record without a newer `updated_at` than `now`.
 * @throws DomainError NOT_FOUND where there is no such twin or person; CONFLICT where several twins are called so, or the
 *   person was deleted
 */
export function setTwinOwner(
  db: Database,
  actor: Actor,
  input: SetTwinOwnerInput,
  now: Date = new Date(),
): Promise<SetTwinOwnerAnswer> {
  return inTenant(db, actor, async (tx) => {
    // As a batch does: seals and erasures wait for it. People before twins, as there, too.
    await tx.query({
      name: "share_organization",
      text: "select from organizations where id = $1 for key share",
      values: [tx.org_id],
    });
    const { id } = await findTwin(tx, actor, input.twin);
    const owner_id = await findOwner(tx, input.owner);
    const [twin] = await tx.query<{ name: string; was: string | null }>({
      text: "select name, user_id as was from twins where org_id = $1 and id = $2 for no key update",
      values: [tx.org_id, id],
    });
    await tx.query({
      text: `update twins set user_id = $3, owner_revised_at = $4, owner_by_hand = true, updated_at = $4
        where org_id = $1 and id = $2`,
      values: [tx.org_id, id, owner_id, now.toISOString()],
    });
    const { name, was } = twin!;
    await correctOwners(tx, [{ twin_id: id, from: was, to: owner_id }]);
    return { twin_id: id, twin_name: name, owner_id, was_owner_id: was };
  });
}

/** A person by address or id, who stays until the transaction ends. */
async function findOwner(tx: Tx, reference: string): Promise<string> {
  const [person] = await tx.query<{ id: string; is_deleted: boolean }>({
    text: `select id, deleted_at is not null as is_deleted from users
      where org_id = $1 and ${isId(reference) ? "id = $2::uuid" : "email_key = $2"} for key share`,
    values: [tx.org_id, addressKey(reference)],
  });
  if (!person)
    throw new DomainError("NOT_FOUND", `nobody of this organisation is known as “${reference.slice(0, 100)}”`, {
      path: "owner",
    });
  if (person.is_deleted)
    throw new DomainError("CONFLICT", "this person was deleted; an owner of a twin is somebody who is here", {
      path: "owner",
    });
  return person.id;
}
