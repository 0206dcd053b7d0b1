import type { FilterField } from "@twin/contracts/vocabulary";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "./address-key.ts";
import { seesPeople } from "./masking.ts";
import { keyHash } from "./external-ids.ts";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The ids behind a sender's id. A key reads its own source alone; a person doesn't know sources, so all are tried.
 * The loose index scan touches one entry a source.
 */
export async function findExternal(tx: Tx, actor: Actor, kind: "user" | "twin", reference: string): Promise<string[]> {
  const sources =
    actor.kind === "service"
      ? [actor.source]
      : (
          await tx.query<{ source: string }>({
            name: `external-sources-${kind}`,
            text: `with recursive s as (
                     (select source from external_ids where org_id = $1 and kind = $2 order by source limit 1)
                     union all
                     select (select e.source from external_ids e where e.org_id = $1 and e.kind = $2 and e.source > s.source
                             order by e.source limit 1)
                     from s where s.source is not null)
                   select source from s where source is not null`,
            values: [tx.org_id, kind],
          })
        ).map((row) => row.source);
  if (sources.length === 0) return [];
  const rows = await tx.query<{ id: string }>({
    name: "external-ids",
    text: `select e.id from unnest($3::text[], $4::bytea[]) k(source, key_hash)
           join external_ids e on e.org_id = $1 and e.kind = $2 and e.source = k.source and e.key_hash = k.key_hash`,
    values: [tx.org_id, kind, sources, sources.map((source) => keyHash(kind, source, reference))],
  });
  return rows.map(({ id }) => id);
}

/**
 * The person that a reference names: an external id, an id of ours, or an e-mail address, for whoever may see addresses: to
 * others the answer would confirm a masked one.
 * @throws BAD_REQUEST naming the field, where it names nobody or several; FORBIDDEN for an address, whoever it is of
 */
export async function findUser(tx: Tx, actor: Actor, reference: string, path: FilterField = "user"): Promise<string> {
  if (reference.includes("@") && !seesPeople(actor))
    throw new DomainError("FORBIDDEN", "finding people by address needs people.read: give the id of one", { path });
  const external = await findExternal(tx, actor, "user", reference);
  const rows = await tx.query<{ id: string }>({
    name: "users-by-reference",
    text: `select id from users where org_id = $1 and deleted_at is null
             and (email_key = $2 or id = $3::uuid or id = any($4::uuid[]))`,
    values: [tx.org_id, addressKey(reference), uuid.test(reference) ? reference : null, external],
  });
  return theOne("user", reference, path, rows);
}

/**
 * The twin that a reference names: an external id, or an id of ours.
 * @throws BAD_REQUEST naming the field, where it names none or several
 */
export async function findTwin(tx: Tx, actor: Actor, reference: string, path: FilterField = "twin"): Promise<string> {
  const external = await findExternal(tx, actor, "twin", reference);
  const rows = await tx.query<{ id: string }>({
    name: "twins-by-reference",
    text: "select id from twins where org_id = $1 and id = any($2::uuid[])",
    values: [tx.org_id, uuid.test(reference) ? [...external, reference] : external],
  });
  return theOne("twin", reference, path, rows);
}

function theOne(
  what: "user" | "twin",
  reference: string,
  path: FilterField,
  [first, second]: readonly { id: string }[],
): string {
  if (!first) throw new DomainError("BAD_REQUEST", `No ${what} is known as “${reference}”.`, { path });
  if (second)
    throw new DomainError("BAD_REQUEST", `Several senders call a ${what} “${reference}”: give the id of one.`, {
      path,
    });
  return first.id;
}
