import { isId } from "@twin/contracts/wire";
import type { FilterField } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type ParamsOf, type Places, statement } from "../postgres/statement.ts";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { DomainError } from "../tenancy/errors.ts";
import { addressKey } from "./address-key.ts";
import { seesPeople } from "./masking.ts";
import { keyHash } from "./external-ids.ts";

type Kind = "user" | "twin";

/** Planned for each kind separately. */
const externalSources = (kind: Kind) =>
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

/** Whose ids an actor may mean: an API key its own source's; a member doesn't know sources, so all are tried. */
const sourcesOf = async (tx: Tx, actor: Actor, kind: Kind): Promise<string[]> =>
  actor.kind === "service"
    ? [actor.source]
    : // The loose index scan reads one entry a source.
      (await tx.query(externalSourcesOf[kind]({ org_id: tx.org_id, kind }))).map((row) => row.source);

/** The ids that a sender's id leads to. */
export async function findExternal(tx: Tx, actor: Actor, kind: Kind, reference: string): Promise<string[]> {
  const sources = await sourcesOf(tx, actor, kind);
  if (sources.length === 0) return [];
  const key_hashes = sources.map((source) => keyHash(kind, source, reference));
  const rows = await tx.query(externalIds({ org_id: tx.org_id, kind, sources, key_hashes }));
  return rows.map(({ id }) => id);
}

/** Each reference by its place in the list (`at`): as a sender's id, one entry a source, and as an id of ours. */
const asked = {
  org_id: "int",
  kind: "text",
  key_ats: "int[]",
  sources: "text[]",
  key_hashes: "bytea[]",
  id_ats: "int[]",
  ids: "uuid[]",
} as const;
const named = (p: Places<typeof asked>): SQL => sql`
      select k.at, e.id from unnest(${p.key_ats}, ${p.sources}, ${p.key_hashes}) k(at, source, key_hash)
      join external_ids e on e.org_id = ${p.org_id} and e.kind = ${p.kind} and e.source = k.source and e.key_hash = k.key_hash
      union select i.at, i.id from unnest(${p.id_ats}, ${p.ids}) i(at, id)`;

async function askedFor(
  tx: Tx,
  actor: Actor,
  kind: Kind,
  references: readonly string[],
): Promise<ParamsOf<typeof asked>> {
  const sources = await sourcesOf(tx, actor, kind);
  const keys = references.flatMap((reference, at) =>
    sources.map((source) => ({ at, source, key_hash: keyHash(kind, source, reference) })),
  );
  const ids = references.flatMap((id, at) => (isId(id) ? [{ at, id }] : []));
  return {
    org_id: tx.org_id,
    kind,
    key_ats: keys.map(({ at }) => at),
    sources: keys.map(({ source }) => source),
    key_hashes: keys.map(({ key_hash }) => key_hash),
    id_ats: ids.map(({ at }) => at),
    ids: ids.map(({ id }) => id),
  };
}

const usersByReference = statement(
  "people.users_by_reference",
  { ...asked, email_keys: "text[]" },
  { at: "int", id: "uuid" },
  (p) => sql`
    with named as (${named(p)}
      union select (a.at - 1)::int, u.id from unnest(${p.email_keys}) with ordinality a(email_key, at)
      join users u on u.org_id = ${p.org_id} and u.email_key = a.email_key
    )
    select n.at, u.id from named n join users u on u.org_id = ${p.org_id} and u.id = n.id and u.deleted_at is null`,
);

/**
 * The people whom references name, in their order: each is an external id, an id of ours, or an e-mail address. Addresses are
 * for actors who may see them: to others the answer would confirm a masked one.
 * @throws BAD_REQUEST naming the field, where one names nobody or several; FORBIDDEN for an address, whoever it is of
 */
export async function resolveUsers(
  tx: Tx,
  actor: Actor,
  references: readonly string[],
  path: FilterField = "user",
): Promise<string[]> {
  if (references.some((reference) => reference.includes("@")) && !seesPeople(actor))
    throw new DomainError("FORBIDDEN", "finding people by address needs people.read: give the id of one", { path });
  const email_keys = references.map(addressKey);
  const found = await askedFor(tx, actor, "user", references);
  const rows = await tx.query(usersByReference({ ...found, email_keys }));
  return oneEach("user", references, path, rows);
}

const twinsByReference = statement(
  "people.twins_by_reference",
  asked,
  { at: "int", id: "uuid" },
  (p) => sql`
    with named as (${named(p)}
    )
    select n.at, t.id from named n join twins t on t.org_id = ${p.org_id} and t.id = n.id`,
);

/**
 * The twins that references name, in their order: each is an external id, or an id of ours.
 * @throws BAD_REQUEST naming the field, where one names none or several
 */
export async function resolveTwins(
  tx: Tx,
  actor: Actor,
  references: readonly string[],
  path: FilterField = "twin",
): Promise<string[]> {
  const found = await askedFor(tx, actor, "twin", references);
  return oneEach("twin", references, path, await tx.query(twinsByReference(found)));
}

function oneEach(
  what: Kind,
  references: readonly string[],
  path: FilterField,
  rows: readonly { at: number; id: string }[],
): string[] {
  const ids = new Map<number, string>();
  for (const { at, id } of rows) {
    if (ids.has(at))
      throw new DomainError("BAD_REQUEST", `several senders call a ${what} “${references[at]}”: give the id of one`, {
        path,
      });
    ids.set(at, id);
  }
  return references.map((reference, at) => {
    const id = ids.get(at);
    if (id === undefined) throw new DomainError("BAD_REQUEST", `no ${what} is known as “${reference}”`, { path });
    return id;
  });
}
