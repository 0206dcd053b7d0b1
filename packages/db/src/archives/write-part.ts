import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { ensureDataKeys } from "../tenancy/encryption/data-keys.ts";
import { timeOf } from "../postgres/uuid-time.ts";
import { ContentDigest } from "./digest.ts";
import { readDueActivities, readDueFeatures, type IdRange, idRangeOf } from "./due.ts";
import type { Archive, ArchiveContext, TableWriter } from "./files.ts";
import { keyHolders, sealRows } from "./leaving.ts";
import { type PageSize, readLive, usualPage } from "./live-rows.ts";
import { columnsOf, newManifest, sha256Of, type TableFile, manifestText } from "./manifest.ts";
import { beginPart, type Part, storePart } from "./part.ts";
import { manifestPath, tablePath } from "./paths.ts";
import { activityTables, type ArchivedTable, archivedTables, featureTable, type TableRow } from "./shape.ts";
import type { Purge } from "../policies/purge.ts";

type Output = { writer: TableWriter; digest: ContentDigest };

const [activities] = activityTables as [ArchivedTable];

/** First and last id of a part. */
class Span {
  #ids: string[] = [];

  /** @param rows in the order of their ids */
  add(rows: readonly TableRow[]): void {
    const all = [...this.#ids, rows[0]!["id"] as string, rows.at(-1)!["id"] as string].sort();
    this.#ids = [all[0]!, all.at(-1)!];
  }

  times(): { first_at: string; last_at: string } {
    const [first_at, last_at] = this.#ids.map((id) => new Date(timeOf(id)).toISOString()) as [string, string];
    return { first_at, last_at };
  }
}

/** The rows that a part's files are made of, a page at a time: by table, each table in its order. */
type Rows = Map<ArchivedTable, TableRow[]>;

/**
 * Writes the due rows of a month into a new part: one file a table, then the manifest.
 * @returns the part, or null where nothing was due or the run must stop
 */
export async function writePart(
  db: Database,
  actor: Actor,
  archive: Archive,
  month: string,
  purge: Purge,
  run_id: string,
  { now, signal, reached, pageSize }: ArchiveContext,
): Promise<Part | null> {
  const outputs = new Map<ArchivedTable, Output>();
  const span = new Span();
  let part: Part | null = null;
  try {
    for await (const rows of readPages(db, actor, idRangeOf(month, purge), purge, pageSize)) {
      if (signal.aborted) return null;
      if (![...rows.values()].some((found) => found.length > 0)) continue;
      await reached("archive:batch-read");
      part ??= await beginPart(db, actor, { month, run_id, cut: purge.due.before, location: archive.where }, now);
      await reached("archive:part-begun");
      for (const [table, found] of rows) {
        if (found.length === 0) continue;
        let output = outputs.get(table);
        if (!output) {
          const writer = await archive.create(tablePath(actor.org_id, part, table.name), table);
          outputs.set(table, (output = { writer, digest: new ContentDigest(table) }));
          await reached("archive:file-begun");
        }
        output.digest.add(found);
        await output.writer.append(found);
        if (table === activities || table === featureTable) span.add(found);
      }
      await reached("archive:batch-written");
    }
    if (!part) return null;
    const tables: TableFile[] = [];
    for (const table of archivedTables) {
      const output = outputs.get(table);
      if (!output) continue;
      const facts = await output.writer.finish();
      const file = tablePath(actor.org_id, part, table.name);
      const { rows } = output.digest;
      tables.push({
        table: table.name,
        file,
        rows,
        ...facts,
        content_sha256: output.digest.hex(),
        columns: columnsOf(table),
      });
      await reached(`archive:${table.name}-put`);
    }
    await storeManifest(db, actor, archive, part, { tables, span, cut: purge.due.before, now, reached });
    return part;
  } finally {
    for (const { writer } of outputs.values()) await writer.abandon();
  }
}

async function storeManifest(
  db: Database,
  actor: Actor,
  archive: Archive,
  part: Part,
  facts: { tables: TableFile[]; span: Span; cut: string } & Pick<ArchiveContext, "now" | "reached">,
): Promise<void> {
  const { tables, span, cut, now, reached } = facts;
  const manifest = newManifest({
    org_id: actor.org_id,
    month: part.month.slice(0, 7),
    seq: part.seq,
    written_at: now.toISOString(),
    cut,
    ...span.times(),
    tables,
  });
  const text = manifestText(manifest);
  await archive.writeText(manifestPath(actor.org_id, part), text);
  await reached("archive:manifest-put");
  const sum = (of: (table: TableFile) => number) => tables.reduce((total, table) => total + of(table), 0);
  await storePart(db, actor, part, {
    status: "written",
    manifest: JSON.stringify(manifest),
    manifest_sha256: sha256Of(text),
    activity_count: tables.find(({ table }) => table === "activities")?.rows ?? 0,
    row_count: sum(({ rows }) => rows),
    bytes: sum(({ bytes }) => bytes) + Buffer.byteLength(text),
  });
  Object.assign(part, { manifest, manifest_sha256: sha256Of(text) });
  await reached("archive:written");
}

/**
 * The due rows of a range of ids, words encrypted: a batch of activities with the rows that belong to them, then, page by
 * page, the rest of the batch.
 */
async function* readPages(
  db: Database,
  actor: Actor,
  window: IdRange,
  purge: Purge,
  size = usualPage,
): AsyncGenerator<Rows> {
  for (let after: string | null = window.after; after !== null;) {
    const from: string = after;
    const batch = await inTenant(db, actor, async (tx) => {
      const due = await readDueActivities(tx, { ...window, after: from }, purge);
      return {
        due,
        ...(await readPage(db, tx, due.owners, new Map(activityTables.map((table) => [table, null])), size)),
      };
    });
    yield batch.rows;
    // Rows that change until the purge are noticed there: it compares each of them.
    for (let left = batch.left; left.size > 0;) {
      const begun: Map<ArchivedTable, string[] | null> = left;
      const page = await inTenant(db, actor, (tx) => readPage(db, tx, batch.due.owners, begun, size));
      yield page.rows;
      left = page.left;
    }
    after = batch.due.after;
  }
  for (let after = window.after; ;) {
    const rows = await inTenant(db, actor, async (tx) => {
      const ids = await readDueFeatures(tx, { ...window, after }, purge);
      return (await readLive(tx, featureTable, ids)).rows;
    });
    if (rows.length === 0) return;
    yield new Map([[featureTable, rows]]);
    after = rows.at(-1)!["id"] as string;
  }
}

/** The next page of each table that isn't read to its end, and where the tables go on that still aren't. */
async function readPage(
  db: Database,
  tx: Tx,
  owners: ReadonlyMap<string, string>,
  begun: ReadonlyMap<ArchivedTable, string[] | null>,
  size: PageSize,
): Promise<{ rows: Rows; left: Map<ArchivedTable, string[]> }> {
  const plain: Rows = new Map();
  const left = new Map<ArchivedTable, string[]>();
  for (const [table, after] of begun) {
    const { rows, next } = await readLive(tx, table, [...owners.keys()], after, size);
    plain.set(table, rows);
    if (next !== null) left.set(table, next);
  }
  const keys = await ensureDataKeys(db, tx, keyHolders(owners, plain));
  return {
    rows: new Map([...plain].map(([table, found]) => [table, sealRows(tx.org_id, table, found, owners, keys)])),
    left,
  };
}
