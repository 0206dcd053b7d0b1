import { findExternal } from "../../people/resolve.ts";
import type { Actor, Tx } from "../../tenancy/actor.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { isId } from "../../records/ingest/references.ts";

type Found = { id: string; name: string };

/** How many are named where a name leads to several. */
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

const byId = async (tx: Tx, reference: string): Promise<Found[] | null> =>
  isId(reference)
    ? some(
        await tx.query<Found>({
          text: "select id, name from twins where org_id = $1 and id = $2::uuid",
          values: [tx.org_id, reference],
        }),
      )
    : null;

async function bySender(tx: Tx, actor: Actor, reference: string): Promise<Found[] | null> {
  const ids = await findExternal(tx, actor, "twin", reference);
  return some(
    await tx.query<Found>({
      text: "select id, name from twins where org_id = $1 and id = any ($2::uuid[]) order by id",
      values: [tx.org_id, ids],
    }),
  );
}

const byName = (tx: Tx, reference: string): Promise<Found[]> =>
  tx.query<Found>({
    text: "select id, name from twins where org_id = $1 and lower(name) = lower($2) order by id",
    values: [tx.org_id, reference.trim()],
  });
