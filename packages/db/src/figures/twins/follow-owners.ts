import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DirtyDays } from "../../records/ingest/dirty-days.ts";
import { moveBeginningOf } from "../beginnings/store.ts";
import { isSharedRow } from "../../records/twins/shared-use.ts";
import { lockFigures } from "../lock.ts";

export type FollowOptions = {
  /** Ends the work after the current transaction. */
  signal?: AbortSignal;
  /** Most activities that one transaction looks at; others of the organisation wait for it. */
  limit?: number;
  /** Called after each transaction, as `noun:done`; tests kill there. */
  reached?: (place: string) => void | Promise<void>;
};

/** `rows`: of shared use that were inserted, deleted, or have another owner now. */
export type FollowOutcome = { status: "done" | "stopped"; rows: number };

const usualLimit = 1_000;

/**
 * Updates shared use of open days after owners of twins were corrected, a page of activities a transaction, each with the
 * marks of its days. Progress is stored with it, so it may be killed anywhere and another worker continues.
 */
export async function followOwners(db: Database, actor: Actor, options: FollowOptions = {}): Promise<FollowOutcome> {
  const { signal, limit = usualLimit, reached = () => {} } = options;
  let rows = 0;
  for (;;) {
    if (signal?.aborted) return { status: "stopped", rows };
    const step = await inTenant(db, actor, (tx) => followNext(tx, limit));
    if (step === null) return { status: "done", rows };
    rows += step;
    await reached("owner:followed");
  }
}

type Correction = { twin_id: string; upto: string | null; owner: string | null; day_rule: string };
type Used = {
  id: string;
  n: number;
  user_id: string;
  /** The time of its row of shared use, stored or not. */
  at: string;
  there: boolean;
  should: boolean;
  /** Whether that row may change: its day isn't sealed. */
  is_open: boolean;
};

const lockOrganization = statement(
  "figures.lock_organization_of_owners",
  { org_id: "int" },
  {},
  (p) => sql`select from organizations where id = ${p.org_id} for update`,
);

const nextCorrection = statement(
  "figures.next_owner_correction",
  { org_id: "int" },
  { twin_id: "uuid", upto: "uuid?", owner: "uuid?", day_rule: "day_rule" },
  (p) => sql`
    select c.twin_id, c.upto, t.user_id as owner, day_rule_of(o) as day_rule
    from owner_corrections c join twins t on t.org_id = ${p.org_id} and t.id = c.twin_id join organizations o on o.id = ${p.org_id}
    where c.org_id = ${p.org_id} order by c.twin_id limit 1 for update of c`,
);

const noteFollowed = statement(
  "figures.note_followed",
  { org_id: "int", twin_id: "uuid", upto: "uuid" },
  {},
  (p) => sql`update owner_corrections set upto = ${p.upto} where org_id = ${p.org_id} and twin_id = ${p.twin_id}`,
);

/** One transaction. @returns how many rows it changed; null: nothing is left to do */
async function followNext(tx: Tx, limit: number): Promise<number | null> {
  // Batches in progress may have read the old owner, so this waits for them. Locked in the order of the seal.
  await lockFigures(tx, true);
  await tx.query(lockOrganization({ org_id: tx.org_id }));
  const [correction] = await tx.query(nextCorrection({ org_id: tx.org_id }));
  if (!correction) return null;
  const page = await readPage(tx, correction, limit);
  const dirty = new DirtyDays();
  const rows = await write(tx, correction, page, dirty);
  if (page.length < limit) await finish(tx, correction, dirty);
  else await tx.query(noteFollowed({ org_id: tx.org_id, twin_id: correction.twin_id, upto: page.at(-1)!.id }));
  // These marks come from no record, so they don't keep a day from being sealed.
  await dirty.flush(tx, correction.day_rule, "-infinity");
  return rows;
}

const pageOfOwner = statement(
  "figures.page_of_owner",
  { org_id: "int", twin_id: "uuid", upto: "uuid?", limit: "int" },
  { id: "uuid", n: "int", user_id: "uuid", at: "timestamptz", there: "boolean", should: "boolean", is_open: "boolean" },
  (p) => sql`
    with a as materialized (
      select * from activities where org_id = ${p.org_id} and twin_id = ${p.twin_id} and (${p.upto} is null or id > ${p.upto}) order by id limit ${p.limit}
    )
    select a.id, u.n, a.user_id, x.at, i.activity_id is not null as there, ${sql.raw(isSharedRow("a", "t", "i"))} as should,
      not coalesce(x.at >= o.sealed_from and x.at < o.sealed_before, false) as is_open
    from a join organizations o on o.id = ${p.org_id} join twins t on t.org_id = ${p.org_id} and t.id = ${p.twin_id}
    join users u on u.org_id = ${p.org_id} and u.id = a.user_id
    left join lateral (select * from shared_twin_interactions where org_id = ${p.org_id} and activity_id = a.id limit 1) i on true
    cross join lateral (select coalesce(i.created_at, a.started_at) as at) x
    order by a.id`,
);

/** The twin's next activities in the order of their ids, with their shared use as it is and as it should be. */
const readPage = (tx: Tx, { twin_id, upto }: Correction, limit: number): Promise<Used[]> =>
  tx.query(pageOfOwner({ org_id: tx.org_id, twin_id, upto, limit }));

const rowParams = { org_id: "int", ids: "uuid[]", first: "uuid", last: "uuid" } as const;
const within = (p: Record<keyof typeof rowParams, SQL>) =>
  sql`org_id = ${p.org_id} and activity_id = any (${p.ids}) and activity_id >= ${p.first} and activity_id <= ${p.last}`;

const dropShared = statement(
  "figures.drop_shared_of_owner",
  rowParams,
  {},
  (p) => sql`delete from shared_twin_interactions where ${within(p)}`,
);

const nameOwner = statement(
  "figures.name_owner_of_shared",
  { ...rowParams, owner: "uuid?" },
  { renamed: "int" },
  (p) => sql`
    update shared_twin_interactions set twin_owner_id = ${p.owner}
    where ${within(p)} and twin_owner_id is distinct from ${p.owner} returning 1 as renamed`,
);

const addShared = statement(
  "figures.add_shared_of_owner",
  { org_id: "int", owner: "uuid?", twin_id: "uuid", ids: "uuid[]", user_ids: "uuid[]", at: "timestamptz[]" },
  {},
  (p) => sql`
    insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, twin_owner_id, twin_id, created_at)
    select ${p.org_id}, s.id, s.user_id, ${p.owner}, ${p.twin_id}, s.at from unnest(${p.ids}, ${p.user_ids}, ${p.at}) s (id, user_id, at)
    on conflict do nothing`,
);

/** Deletes rows that aren't shared use any more, inserts those that are now, and writes the owner into all of them. */
async function write(tx: Tx, { twin_id, owner }: Correction, page: readonly Used[], dirty: DirtyDays): Promise<number> {
  const open = page.filter(({ is_open }) => is_open);
  if (open.length === 0) return 0;
  const ids = (keep: (used: Used) => boolean) => open.filter(keep).map(({ id }) => id);
  const gone = ids(({ there, should }) => there && !should);
  const fresh = open.filter(({ there, should }) => !there && should);
  const kept = ids(({ there, should }) => there && should);
  const bounds = { org_id: tx.org_id, first: open[0]!.id, last: open.at(-1)!.id };
  await tx.query(dropShared({ ...bounds, ids: gone }));
  await tx.query(
    addShared({
      org_id: tx.org_id,
      owner,
      twin_id,
      ids: fresh.map(({ id }) => id),
      user_ids: fresh.map(({ user_id }) => user_id),
      at: fresh.map(({ at }) => at),
    }),
  );
  const renamed = await tx.query(nameOwner({ ...bounds, ids: kept, owner }));
  for (const { n, at, there, should } of open) if (there !== should) dirty.mark(n, at);
  return gone.length + fresh.length + renamed.length;
}

const endCorrection = statement(
  "figures.end_owner_correction",
  { org_id: "int", twin_id: "uuid" },
  {},
  (p) => sql`delete from owner_corrections where org_id = ${p.org_id} and twin_id = ${p.twin_id}`,
);

/** People without a known beginning may have begun with what this twin did. */
async function finish(tx: Tx, { twin_id, owner, day_rule }: Correction, dirty: DirtyDays): Promise<void> {
  if (owner !== null) dirty.markDays(null, ...(await moveBeginningOf(tx, owner, day_rule)));
  await tx.query(endCorrection({ org_id: tx.org_id, twin_id }));
}
