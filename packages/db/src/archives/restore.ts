import type { MonthInput, Restoration } from "@twin/contracts/archives";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { loadDataKeys } from "../tenancy/encryption/data-keys.ts";
import { DomainError } from "../tenancy/errors.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { messageOf } from "../postgres/log-facts.ts";
import type { Archive } from "./files.ts";
import { keyHolders, openRows } from "./leaving.ts";
import { readArchivedMonths, readRestorations } from "./list.ts";
import { insertPlain } from "./live-rows.ts";
import type { PartId } from "./paths.ts";
import { type PartBatch, readPart } from "./read-part.ts";
import { activityTables, type ArchivedTable, archivedTables, featureTable, type TableRow } from "./shape.ts";
import { notArchived, readParts } from "./verify.ts";

const [activities, messages] = ["activities", "messages"].map((table) =>
  activityTables.find(({ name }) => name === table),
) as [ArchivedTable, ArchivedTable];

/** Days that a restored month stays. */
export const restoredDays = 30;

const nameOf = (actor: Actor): string => (actor.kind === "system" ? actor.job : actor.name);

const askRestoration = statement(
  "archives.ask_restoration",
  { org_id: "int", month: "text", asked_by: "text", now: "timestamptz" },
  { asked: "int" },
  (p) => sql`
    insert into restorations as r (org_id, month, status, asked_by, asked_at) values (${p.org_id}, (${p.month} || '-01')::date, 'queued', ${p.asked_by}, ${p.now})
    on conflict (org_id, month) do update set asked_by = ${p.asked_by}, asked_at = ${p.now}, error = null, status = 'queued'
    where r.status <> 'dropping' returning 1 as asked`,
  { plan: "each" },
);

/**
 * Asks for a month to be restored beside the live rows; a worker does it. A month that is restored already stays as long as
 * a new one from now on.
 * @param options `isQueued` false: the caller restores it itself
 * @throws NOT_FOUND where nothing of the month is archived, CONFLICT while it is being dropped
 */
export function requestRestore(
  db: Database,
  actor: Actor,
  { month }: MonthInput,
  { now, isQueued = true }: { now: Date; isQueued?: boolean },
): Promise<Restoration> {
  return inTenant(db, actor, async (tx) => {
    if ((await readArchivedMonths(tx, { from: month, to: month })).length === 0) throw notArchived(month);
    const [asked] = await tx.query(
      askRestoration({ org_id: tx.org_id, month, asked_by: nameOf(actor), now: now.toISOString() }),
    );
    if (!asked)
      throw new DomainError("CONFLICT", `${month} is being dropped: ask again when it is gone`, { path: "month" });
    await recordAudit(tx, { action: "archive.restore", object_type: "archive", object_id: month });
    const payload = { org_id: tx.org_id, month };
    if (isQueued) await enqueueWithin(tx, "archives/restore", payload, { key: restorationKey(tx, month) });
    return (await readRestorations(tx, month))[0]!;
  });
}

/** The key under which one job of a month waits at a time: its restoration or its drop. */
export const restorationKey = (tx: Tx, month: string): string => `restoration:${tx.org_id}:${month}`;

/** Which restoration, unless it is being dropped. */
const thatStays = (p: { org_id: SQL; month: SQL }) =>
  sql`where org_id = ${p.org_id} and month = (${p.month} || '-01')::date and status <> 'dropping' returning status`;

const beginRestoration = statement(
  "archives.begin_restoration",
  { org_id: "int", month: "text" },
  { status: "text" },
  (p) => sql`update restorations set status = 'running', error = null ${thatStays(p)}`,
  { plan: "each" },
);

const endRestoration = statement(
  "archives.end_restoration",
  { org_id: "int", month: "text", now: "timestamptz", until: "timestamptz", activities: "bigint", rows: "bigint" },
  { status: "text" },
  (p) => sql`
    update restorations set status = 'done', restored_at = ${p.now}, expires_at = ${p.until},
      activity_count = ${p.activities}, row_count = ${p.rows}
    ${thatStays(p)}`,
  { plan: "each" },
);

const failRestoration = statement(
  "archives.fail_restoration",
  { org_id: "int", month: "text", error: "text" },
  { status: "text" },
  (p) => sql`update restorations set status = 'failed', error = left(${p.error}, 2000) ${thatStays(p)}`,
  { plan: "each" },
);

/** Erases people who were erased before from the rows that a transaction restored, as their erasure would have done. */
export type TakeErased = (work: { db: Database; tx: Tx; now: Date }, gone: readonly string[]) => Promise<void>;

/**
 * Restores an archived month into the schema `restored`, byte for byte, its words readable again as they were. Rows of
 * erased people, words whose key was destroyed, and rows that are live are left out. Rows that are restored already stay,
 * so it may be stopped anywhere and run again.
 * @throws DamagedFile before a row of the damaged part is restored
 */
export async function restoreMonth(
  db: Database,
  actor: Actor,
  archive: Archive,
  { month, now, signal, takeErased }: MonthInput & { now: Date; signal?: AbortSignal; takeErased: TakeErased },
): Promise<{ activities: number; rows: number }> {
  const { org_id } = actor;
  const begun = await inTenant(db, actor, (tx) => tx.query(beginRestoration({ org_id, month })));
  // It was asked for, and dropped again meanwhile.
  if (begun.length === 0) return { activities: 0, rows: 0 };
  try {
    for (const part of await inTenant(db, actor, (tx) => readParts(tx, month))) {
      for await (const batch of readPart(archive, actor.org_id, part)) {
        signal?.throwIfAborted();
        await inTenant(db, actor, (tx) => bringBack({ db, tx, now }, part, batch, takeErased));
      }
    }
    const counts = await inTenant(db, actor, (tx) => countRestored(tx, month));
    const until = new Date(now.getTime() + restoredDays * 86_400_000).toISOString();
    const done = { org_id, month, now: now.toISOString(), until, ...counts };
    await inTenant(db, actor, (tx) => tx.query(endRestoration(done)));
    return counts;
  } catch (error) {
    await inTenant(db, actor, (tx) => tx.query(failRestoration({ org_id, month, error: messageOf(error) })));
    throw error;
  }
}

/** Ids of a month, [from, before), in SQL. */
export const idsOfMonth = (column: SQL, month: SQL): SQL =>
  sql`${column} >= uuid_floor((${month} || '-01 00:00Z')::timestamptz) and ${column} < uuid_floor((${month} || '-01 00:00Z')::timestamptz at time zone 'UTC' + interval '1 month')`;

const counting = archivedTables.map(({ name, key }) => ({
  name,
  count: statement(
    `archives.count_restored_${name}`,
    { org_id: "int", month: "text" },
    { found: "bigint" },
    (p) => sql`
      select count(*) as found from restored.${sql.raw(name)}
      where org_id = ${p.org_id} and ${idsOfMonth(sql.raw(key), p.month)}`,
    { plan: "each" },
  ),
}));

async function countRestored(tx: Tx, month: string): Promise<{ activities: number; rows: number }> {
  let [activities, rows] = [0, 0];
  for (const { name, count } of counting) {
    const [row] = await tx.query(count({ org_id: tx.org_id, month }));
    rows += row!.found;
    if (name === "activities") activities = row!.found;
  }
  return { activities, rows };
}

const deferConstraints = statement("archives.defer_constraints", {}, {}, () => sql`set constraints all deferred`, {
  plan: "each",
});

/**
 * Rows of people who exist as they were archived; of people who were erased since, what an erasure would have left.
 * Activities that are restored already may belong to their next author by now, so they aren't changed.
 */
async function bringBack(
  { db, tx, now }: { db: Database; tx: Tx; now: Date },
  part: PartId,
  batch: PartBatch,
  takeErased: TakeErased,
): Promise<void> {
  const { rows, shapes } = batch;
  const of = (table: ArchivedTable): TableRow[] => rows.get(table) ?? [];
  const owners = new Map(of(activities).map(({ id, user_id }) => [id as string, user_id as string]));
  const ids = [...owners.keys(), ...of(featureTable).map(({ id }) => id as string)];
  const without = await readLeftOut(tx, part, ids);
  for (const id of await readLive(tx, ids)) without.add(id);
  for (const id of await readRestored(tx, [...owners.keys()])) without.add(id);
  await tx.query(deferConstraints({}));
  const [present, gone] = [new Set<string>(), new Set<string>()];
  const insert = async (table: ArchivedTable, all: readonly TableRow[]) => {
    const people = [...keyHolders(owners, new Map([[table, all]]))];
    for (const { user_id, twin_owner_id } of all)
      for (const id of [user_id, twin_owner_id]) if (typeof id === "string") people.push(id);
    const unknown = people.filter((id) => !present.has(id) && !gone.has(id));
    const found = unknown.length === 0 ? new Set<string>() : await readPresent(tx, unknown);
    for (const id of unknown) (found.has(id) ? present : gone).add(id);
    const keys = await loadDataKeys(
      db,
      tx,
      [...new Set(people)].filter((id) => present.has(id)),
    );
    const kept = all.filter((row) => !without.has(row[table.key] as string));
    const shape = shapes.get(table) ?? table;
    await insertPlain(tx, writtenIn(table, shape), openRows(tx.org_id, shape, kept, owners, keys));
  };
  for (const table of archivedTables) {
    if (table === messages) for await (const page of batch.messages()) await insert(table, page);
    else await insert(table, of(table));
  }
  await takeErased({ db, tx, now }, [...gone].sort());
}

/** A table without the columns that a file of an earlier version doesn't have: they get their defaults. */
const writtenIn = (table: ArchivedTable, file: ArchivedTable): ArchivedTable => ({
  ...table,
  columns: table.columns.filter(({ name }) => file.columns.some((column) => column.name === name)),
});

const presentPeople = statement(
  "archives.present_people",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid" },
  (p) => sql`select id from users where org_id = ${p.org_id} and id = any (${p.ids}) order by id for key share`,
  { plan: "each" },
);

/** Which of these people exist. They are locked until the transaction ends, so that a later erasure finds what was restored. */
async function readPresent(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query(presentPeople({ org_id: tx.org_id, ids }));
  return new Set(rows.map(({ id }) => id));
}

const among = (p: { org_id: SQL; ids: SQL; first: SQL; last: SQL }) =>
  sql`where org_id = ${p.org_id} and id = any (${p.ids}) and id between ${p.first} and ${p.last}`;

const liveIds = statement(
  "archives.live_ids",
  { org_id: "int", ids: "uuid[]", first: "uuid", last: "uuid" },
  { id: "uuid" },
  (p) => sql`select id from activities ${among(p)} union all select id from feature_events ${among(p)}`,
  { plan: "each" },
);

/** Which ids of a part are live: while it is being purged some rows aren't deleted yet, and lists would show both. */
async function readLive(tx: Tx, ids: readonly string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const sorted = [...ids].sort();
  const rows = await tx.query(liveIds({ org_id: tx.org_id, ids: sorted, first: sorted[0]!, last: sorted.at(-1)! }));
  return rows.map(({ id }) => id);
}

const restoredIds = statement(
  "archives.restored_ids",
  { org_id: "int", ids: "uuid[]" },
  { id: "uuid" },
  (p) => sql`select id from restored.activities where org_id = ${p.org_id} and id = any (${p.ids})`,
  { plan: "each" },
);

async function readRestored(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const rows = await tx.query(restoredIds({ org_id: tx.org_id, ids }));
  return rows.map(({ id }) => id);
}

const leftOutIds = statement(
  "archives.left_out_ids",
  { org_id: "int", month: "date", seq: "int", ids: "uuid[]" },
  { id: "uuid" },
  (p) =>
    sql`select id from archive_left_out where org_id = ${p.org_id} and month = ${p.month} and seq = ${p.seq} and id = any (${p.ids})`,
  { plan: "each" },
);

async function readLeftOut(tx: Tx, { month, seq }: PartId, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query(leftOutIds({ org_id: tx.org_id, month, seq, ids }));
  return new Set(rows.map(({ id }) => id));
}
