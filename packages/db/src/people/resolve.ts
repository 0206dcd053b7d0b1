import { isId } from "@twin/contracts/wire";
import type { FilterField } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { statement } from "../postgres/statement.ts";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "./address-key.ts";
import { seesPeople } from "./masking.ts";
import { keyHash } from "./external-ids.ts";

/** Planned for each kind separately. */
const externalSources = (kind: "user" | "twin") =>
  statement(
    `people.external_sources_of_${kind}s`,
    { org_id: "int", kind: "text" },
    { source: "text" },
    (p) => sql`
      with recursive s as (
        (select source from external_ids where org_id = ${p.org_id} and kind = ${p.kind} order by source limit 1)
        union all
        select (select e.source from external_ids e where e.org_id = ${p.org_id} and e.kind = ${p.kind} and e.source > s.source
          order by e.source limit 1)
        from s where s.source is not null)
      select source from s where source is not null`,
  );
const externalSourcesOf = { user: externalSources("user"), twin: externalSources("twin") };

const externalIds = statement(
  "people.external_ids",
  { org_id: "int", kind: "text", sources: "text[]", key_hashes: "bytea[]" },
  { id: "uuid" },
  (p) => sql`
    select e.id from unnest(${p.sources}, ${p.key_hashes}) k(source, key_hash)
    join external_ids e on e.org_id = ${p.org_id} and e.kind = ${p.kind} and e.source = k.source and e.key_hash = k.key_hash`,
);

/**
 * The ids that a sender's id leads to. An API key sees its own source only; a member doesn't know sources, so all are
 * tried. The loose index scan reads one entry a source.
 */
export async function findExternal(tx: Tx, actor: Actor, kind: "user" | "twin", reference: string): Promise<string[]> {
  const sources =
    actor.kind === "service"
      ? [actor.source]
      : (await tx.query(externalSourcesOf[kind]({ org_id: tx.org_id, kind }))).map((row) => row.source);
  if (sources.length === 0) return [];
  const key_hashes = sources.map((source) => keyHash(kind, source, reference));
  const rows = await tx.query(externalIds({ org_id: tx.org_id, kind, sources, key_hashes }));
  return rows.map(({ id }) => id);
}

const usersByReference = statement(
  "people.users_by_reference",
  { org_id: "int", email_key: "text", id: "uuid?", external_ids: "uuid[]" },
  { id: "uuid" },
  (p) => sql`
    select id from users where org_id = ${p.org_id} and deleted_at is null
      and (email_key = ${p.email_key} or id = ${p.id} or id = any(${p.external_ids}))`,
);

/**
 * The person that a reference names: an external id, an id of ours, or an e-mail address. Addresses are for actors who may
 * see them: to others the answer would confirm a masked one.
 * @throws BAD_REQUEST naming the field, where it names nobody or several; FORBIDDEN for an address, whoever it is of
 */
export async function resolveUser(
  tx: Tx,
  actor: Actor,
  reference: string,
  path: FilterField = "user",
): Promise<string> {
  if (reference.includes("@") && !seesPeople(actor))
    throw new DomainError("FORBIDDEN", "finding people by address needs people.read: give the id of one", { path });
  const external_ids = await findExternal(tx, actor, "user", reference);
  const id = isId(reference) ? reference : null;
  const email_key = addressKey(reference);
  const rows = await tx.query(usersByReference({ org_id: tx.org_id, email_key, id, external_ids }));
  return theOne("user", reference, path, rows);
}

const twinsByReference = statement(
  "people.twins_by_reference",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid" },
  (p) => sql`select id from twins where org_id = ${p.org_id} and id = any(${p.ids})`,
);

/**
 * The twin that a reference names: an external id, or an id of ours.
 * @throws BAD_REQUEST naming the field, where it names none or several
 */
export async function resolveTwin(
  tx: Tx,
  actor: Actor,
  reference: string,
  path: FilterField = "twin",
): Promise<string> {
  const external = await findExternal(tx, actor, "twin", reference);
  const ids = isId(reference) ? [...external, reference] : external;
  const rows = await tx.query(twinsByReference({ org_id: tx.org_id, ids }));
  return theOne("twin", reference, path, rows);
}

function theOne(
  what: "user" | "twin",
  reference: string,
  path: FilterField,
  [first, second]: readonly { id: string }[],
): string {
  if (!first) throw new DomainError("BAD_REQUEST", `no ${what} is known as “${reference}”`, { path });
  if (second)
    throw new DomainError("BAD_REQUEST", `several senders call a ${what} “${reference}”: give the id of one`, {
      path,
    });
  return first.id;
}
