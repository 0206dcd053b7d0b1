import { isId } from "@twin/contracts/wire";
import { sql } from "drizzle-orm";
import { findExternal } from "../../people/resolve.ts";
import { statement } from "../../postgres/statement.ts";
import type { Actor, Tx } from "../../tenancy/actor.ts";
import { DomainError } from "../../tenancy/errors.ts";

type Found = { id: string; name: string };

/** Most twins that are named where a name leads to several. */
const namedAtMost = 5;

/**
 * The twin that a person means: by our id, by a sender's id for it, or by its name where no other has it, whatever the case.
 * @throws DomainError NOT_FOUND; CONFLICT naming the ids where it leads to several
 */
export async function findTwin(tx: Tx, actor: Actor, reference: string): Promise<Found> {
  const found = (await byId(tx, reference)) ?? (await bySender(tx, actor, reference)) ?? (await byName(tx, reference));
  const [twin] = found;
  if (!twin) throw new DomainError("NOT_FOUND", `no twin is known as “${reference.slice(0, 100)}”`, { path: "twin" });
  if (found.length > 1)
    throw new DomainError(
      "CONFLICT",
      `${found.length} twins are known as “${reference.slice(0, 100)}”; say which by its id: ${found
        .slice(0, namedAtMost)
        .map(({ id, name }) => `${id} (${name})`)
        .join(", ")}`,
      { path: "twin" },
    );
  return twin;
}

const some = (rows: Found[]): Found[] | null => (rows.length > 0 ? rows : null);

const twinOfId = statement(
  "figures.twin_of_id",
  { org_id: "int", id: "uuid" },
  { id: "uuid", name: "text" },
  (p) => sql`select id, name from twins where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

const byId = async (tx: Tx, reference: string): Promise<Found[] | null> =>
  isId(reference) ? some(await tx.query(twinOfId({ org_id: tx.org_id, id: reference }))) : null;

const twinsOfIds = statement(
  "figures.twins_of_ids",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid", name: "text" },
  (p) => sql`select id, name from twins where org_id = ${p.org_id} and id = any (${p.ids}) order by id`,
  { plan: "each" },
);

async function bySender(tx: Tx, actor: Actor, reference: string): Promise<Found[] | null> {
  const ids = await findExternal(tx, actor, "twin", reference);
  return some(await tx.query(twinsOfIds({ org_id: tx.org_id, ids })));
}

const twinsOfName = statement(
  "figures.twins_of_name",
  { org_id: "int", name: "text" },
  { id: "uuid", name: "text" },
  (p) => sql`select id, name from twins where org_id = ${p.org_id} and lower(name) = lower(${p.name}) order by id`,
  { plan: "each" },
);

const byName = (tx: Tx, reference: string): Promise<Found[]> =>
  tx.query(twinsOfName({ org_id: tx.org_id, name: reference.trim() }));
