import { isId } from "@twin/contracts/wire";
import type { SetTwinOwnerAnswer, SetTwinOwnerInput } from "@twin/contracts/twins";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { addressKey } from "../../people/address-key.ts";
import { correctOwners } from "../../records/twins/correct-owners.ts";
import { findTwin } from "./find.ts";

const shareOrganization = statement(
  "figures.share_organization",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for key share`,
);

const twinToOwn = statement(
  "figures.twin_to_own",
  { org_id: "int", id: "uuid" },
  { name: "text", was: "uuid?" },
  (p) => sql`select name, user_id as was from twins where org_id = ${p.org_id} and id = ${p.id} for no key update`,
  { plan: "each" },
);

const storeOwner = statement(
  "figures.store_twin_owner",
  { org_id: "int", id: "uuid", owner_id: "uuid", now: "timestamptz" },
  {},
  (p) => sql`
    update twins set user_id = ${p.owner_id}, owner_revised_at = ${p.now}, owner_by_hand = true, updated_at = ${p.now}
    where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/**
 * Corrects whose a twin is, as if it had always been so: a job updates shared use of open days, sealed days stay. It wins
 * over every record whose `updated_at` isn't newer than `now`.
 * @throws DomainError NOT_FOUND where there is no such twin or person; CONFLICT where several twins are called so, or the
 *   person was deleted
 */
export function setTwinOwner(
  db: Database,
  actor: Actor,
  input: SetTwinOwnerInput,
  now: Date,
): Promise<SetTwinOwnerAnswer> {
  return inTenant(db, actor, async (tx) => {
    // Locked as by a batch, so that seals and erasures wait. People before twins, as there, too.
    await tx.query(shareOrganization({ org_id: tx.org_id }));
    const { id } = await findTwin(tx, actor, input.twin);
    const owner_id = await findOwner(tx, input.owner);
    const [twin] = await tx.query(twinToOwn({ org_id: tx.org_id, id }));
    await tx.query(storeOwner({ org_id: tx.org_id, id, owner_id, now: now.toISOString() }));
    const { name, was } = twin!;
    await correctOwners(tx, [{ twin_id: id, from: was, to: owner_id }]);
    return { twin_id: id, twin_name: name, owner_id, was_owner_id: was };
  });
}

const personRow = { id: "uuid", is_deleted: "boolean" } as const;

const personOfId = statement(
  "figures.owner_of_id",
  { org_id: "int", id: "uuid" },
  personRow,
  (p) => sql`
    select id, deleted_at is not null as is_deleted from users
    where org_id = ${p.org_id} and id = ${p.id} for key share`,
  { plan: "each" },
);

const personOfAddress = statement(
  "figures.owner_of_address",
  { org_id: "int", email_key: "text" },
  personRow,
  (p) => sql`
    select id, deleted_at is not null as is_deleted from users
    where org_id = ${p.org_id} and email_key = ${p.email_key} for key share`,
  { plan: "each" },
);

/** A person by address or id, locked until the transaction ends. */
async function findOwner(tx: Tx, reference: string): Promise<string> {
  const key = addressKey(reference);
  const [person] = await tx.query(
    isId(reference)
      ? personOfId({ org_id: tx.org_id, id: key })
      : personOfAddress({ org_id: tx.org_id, email_key: key }),
  );
  if (!person)
    throw new DomainError("NOT_FOUND", `nobody of this organisation is known as “${reference.slice(0, 100)}”`, {
      path: "owner",
    });
  if (person.is_deleted)
    throw new DomainError("CONFLICT", "this person was deleted: name somebody of the list of people", {
      path: "owner",
    });
  return person.id;
}
