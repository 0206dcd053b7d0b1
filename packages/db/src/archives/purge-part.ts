import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { loadDataKeys } from "../tenancy/encryption/data-keys.ts";
import { addToReport } from "../policies/report.ts";
import { floorId } from "../postgres/uuid-time.ts";
import { ContentsById } from "./digest.ts";
import { dueAmong } from "./due.ts";
import type { Archive, ArchiveContext } from "./files.ts";
import { keyHolders, openRows } from "./leaving.ts";
import { type PageSize, readLivePages } from "./live-rows.ts";
import { changePart, type Part, takenOver } from "./part.ts";
import { type PartBatch, readPart } from "./read-part.ts";
import { activityTables, type ArchivedTable, archivedTables, featureTable, type TableRow } from "./shape.ts";
import { inPurge, type Purge } from "../policies/purge.ts";

const [activities, , messages] = activityTables as [ArchivedTable, ArchivedTable, ArchivedTable];

/** Children before what they refer to. */
const deleting = [
  messages,
  ...activityTables.slice(1).filter((table) => table !== messages),
  activities,
  featureTable,
].map((table) => {
  const key = sql.raw(table.key);
  const purge = statement(
    `archives.purge_${table.name}`,
    { org_id: "int", ids: "uuid[]", first: "uuid", last: "uuid" },
    { rows: "int" },
    (p) => sql`
      with gone as (
        delete from ${sql.raw(table.name)}
        where org_id = ${p.org_id} and ${key} = any (${p.ids}) and ${key} between ${p.first} and ${p.last} returning 1
      )
      select count(*)::int as rows from gone`,
    { plan: "each" },
  );
  return { table, purge };
});

/**
 * Deletes the rows of a verified part, batch by batch: each row only if policy, seal and holds allow it at this moment, and
 * if it still equals the archived row. The other rows of a batch stay live and are noted as left out of the part.
 * @returns `abandon` where something isn't due any more and nothing is deleted yet: then the part is useless
 * @throws DamagedFile before anything, or anything more, of the part is deleted
 */
export async function purgePart(
  db: Database,
  actor: Actor,
  archive: Archive,
  part: Part,
  { now, signal, reached, pageSize }: ArchiveContext,
): Promise<"purged" | "stopped" | "abandon"> {
  for await (const batch of readPart(archive, actor.org_id, part, part.purged_upto)) {
    if (signal.aborted) return "stopped";
    const isBegun = part.status === "purging";
    const went = await inPurge(db, actor, "activities", now, async (tx, purge) => {
      const verdict = await judge(db, tx, batch, purge, pageSize);
      if (!isBegun && (verdict.left.length > 0 || purge.due.before < part.cut)) return false;
      await changePart(tx, part, { status: "purging" });
      await reached("archive:judged");
      await remove(tx, verdict, purge, now);
      await reached("archive:deleted");
      await moveOn(tx, part, batch, verdict.left);
      await reached("archive:moved-on");
      return true;
    });
    if (went !== true) {
      if (!isBegun) return "abandon";
      // Nothing may be purged any more: the rest of the part stays live.
      await inTenant(db, actor, (tx) => moveOn(tx, part, batch, idsOf(batch)));
    }
    part.status = "purging";
    await reached("archive:batch-committed");
  }
  return "purged";
}

const idsOf = ({ rows }: PartBatch): string[] =>
  [activities, featureTable].flatMap((table) => (rows.get(table) ?? []).map(({ id }) => id as string));

type Verdict = { activity_ids: string[]; feature_ids: string[]; left: string[]; bytes: number };

/** Which of a batch may be deleted: those that are due, and whose rows in every table equal the archived ones. */
async function judge(
  db: Database,
  tx: Tx,
  batch: PartBatch,
  purge: Purge,
  size: PageSize | undefined,
): Promise<Verdict> {
  const { rows } = batch;
  const owners = new Map((rows.get(activities) ?? []).map(({ id, user_id }) => [id as string, user_id as string]));
  const ids = [...owners.keys()];
  const due = await dueAmong(tx, ids, purge);
  const features = (rows.get(featureTable) ?? []).map(({ id }) => id as string);
  const [from, before] = [purge.due.from, purge.due.before].map((at) => floorId(Date.parse(at))) as [string, string];
  for (const { id, user_id } of rows.get(featureTable) ?? []) {
    if (id! >= from && id! < before && !purge.holds.user_ids.includes(user_id as string)) due.add(id as string);
  }
  let bytes = 0;
  for (const table of archivedTables) {
    const of = table === featureTable ? features : ids;
    const here = new ContentsById(table);
    for await (const live of readLivePages(tx, table, of, size)) {
      bytes += live.bytes;
      here.add(live.rows);
    }
    const [live, archived] = [here.end(), await readContents(db, tx, batch, table, owners)];
    for (const id of of) if (live.get(id) !== archived.get(id)) due.delete(id);
  }
  return {
    activity_ids: ids.filter((id) => due.has(id)),
    feature_ids: features.filter((id) => due.has(id)),
    left: [...ids, ...features].filter((id) => !due.has(id)),
    bytes,
  };
}

/** Digests of a table's archived rows by the id that they belong to; text under destroyed keys is null. */
async function readContents(
  db: Database,
  tx: Tx,
  { rows, messages: said, shapes }: PartBatch,
  table: ArchivedTable,
  owners: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const contents = new ContentsById(table);
  const add = async (found: readonly TableRow[]) => {
    const keys = await loadDataKeys(db, tx, [...keyHolders(owners, new Map([[table, found]]))]);
    contents.add(openRows(tx.org_id, shapes.get(table) ?? table, found, owners, keys));
  };
  if (table === messages) for await (const page of said()) await add(page);
  else await add(rows.get(table) ?? []);
  return contents.end();
}

const deleteNames = statement(
  "archives.delete_names",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) =>
    sql`delete from external_ids where org_id = ${p.org_id} and kind in ('activity', 'feature') and id = any (${p.ids})`,
  { plan: "each" },
);

const markPurged = statement(
  "archives.mark_purged",
  { org_id: "int", before: "timestamptz" },
  {},
  (p) =>
    sql`update organizations set purged_before = ${p.before} where id = ${p.org_id} and (purged_before is null or purged_before < ${p.before})`,
  { plan: "each" },
);

async function remove(tx: Tx, verdict: Verdict, { cut, due }: Purge, now: Date): Promise<void> {
  const { activity_ids, feature_ids, bytes } = verdict;
  const ids = [...activity_ids, ...feature_ids];
  if (ids.length === 0) return;
  const counts: Record<string, number> = {};
  for (const { table, purge } of deleting) {
    const of = table === featureTable ? feature_ids : activity_ids;
    if (of.length === 0) continue;
    const [gone] = await tx.query(purge({ org_id: tx.org_id, ids: of, first: of[0]!, last: of.at(-1)! }));
    if (gone!.rows > 0) counts[table.name] = gone!.rows;
  }
  await tx.query(deleteNames({ org_id: tx.org_id, ids }));
  await tx.query(markPurged({ org_id: tx.org_id, before: due.before }));
  await addToReport(tx, "activities", cut, { rows: counts, bytes }, now);
}

const moveOnPart = statement(
  "archives.move_part_on",
  { org_id: "int", month: "date", seq: "int", run_id: "uuid", upto: "uuid?", left_out: "int" },
  { moved: "int" },
  (p) => sql`
    update archive_parts set purged_upto = coalesce(${p.upto}, 'ffffffff-ffff-ffff-ffff-ffffffffffff'), left_out_count = left_out_count + ${p.left_out}
    where org_id = ${p.org_id} and month = ${p.month} and seq = ${p.seq} and run_id = ${p.run_id} returning 1 as moved`,
  { plan: "each" },
);

const insertLeftOut = statement(
  "archives.insert_left_out",
  { org_id: "int", month: "date", seq: "int", ids: "uuid[]" },
  {},
  (p) =>
    sql`insert into archive_left_out (org_id, month, seq, id) select ${p.org_id}, ${p.month}, ${p.seq}, unnest(${p.ids})`,
  { plan: "each" },
);

/** Stores how far a part is done, and which rows of the batch stayed. */
async function moveOn(tx: Tx, part: Part, { upto }: PartBatch, left: readonly string[]): Promise<void> {
  const moved = await tx.query(
    moveOnPart({
      org_id: tx.org_id,
      month: part.month,
      seq: part.seq,
      run_id: part.run_id,
      upto,
      left_out: left.length,
    }),
  );
  if (moved.length === 0) throw takenOver(part);
  if (left.length === 0) return;
  await tx.query(insertLeftOut({ org_id: tx.org_id, month: part.month, seq: part.seq, ids: left }));
}
