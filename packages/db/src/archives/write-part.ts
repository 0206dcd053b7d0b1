import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { ensureDataKeys } from "../encryption/data-keys.ts";
import type { Purge, StepContext } from "../lifecycle/step.ts";
import { timeOf } from "../uuid-time.ts";
import { ContentDigest } from "./digest.ts";
import { readDueActivities, readDueFeatures, windowOf } from "./due.ts";
import type { Archive, TableWriter } from "./files.ts";
import { keyHolders, sealRows } from "./leaving.ts";
import { readLive } from "./live-rows.ts";
import { columnsOf, newManifest, sha256Of, type TableFile, textOf } from "./manifest.ts";
import { beginPart, type Part, storePart } from "./part.ts";
import { manifestPath, tablePath } from "./paths.ts";
import { activityTables, type ArchivedTable, archivedTables, featureTable, type Row } from "./shape.ts";

type Output = { writer: TableWriter; digest: ContentDigest };

const [activities] = activityTables as [ArchivedTable];

/** From which id to which a part goes. */
class Span {
  #ids: string[] = [];

  /** @param rows in the order of their ids */
  add(rows: readonly Row[]): void {
    const all = [...this.#ids, rows[0]!["id"] as string, rows.at(-1)!["id"] as string].sort();
    this.#ids = [all[0]!, all.at(-1)!];
  }

  times(): { first_at: string; last_at: string } {
    const [first_at, last_at] = this.#ids.map((id) => new Date(timeOf(id)).toISOString()) as [string, string];
    return { first_at, last_at };
  }
}

/** What a part's files are made of, a batch at a time. */
type Batch = { rows: Map<ArchivedTable, Row[]>; after: string | null };

/**
 * Writes what is due of a month into a new part: one file a table, then the manifest.
 * @returns the part, or null where nothing was due, or where the run shall stop
 */
export async function writePart(
  db: Database,
  actor: Actor,
  archive: Archive,
  month: string,
  purge: Purge,
  run_id: string,
  { now, signal, reached }: StepContext,
): Promise<Part | null> {
  const outputs = new Map<ArchivedTable, Output>();
  const span = new Span();
  let part: Part | null = null;
  try {
    for await (const { rows } of readBatches(db, actor, month, purge)) {
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
  facts: { tables: TableFile[]; span: Span; cut: string } & Pick<StepContext, "now" | "reached">,
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
  const text = textOf(manifest);
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

/** A month's due rows, words encrypted; a batch is one transaction. */
async function* readBatches(db: Database, actor: Actor, month: string, purge: Purge): AsyncGenerator<Batch> {
  const window = windowOf(month, purge);
  for (let after: string | null = window.after; after !== null;) {
    const from: string = after;
    const batch: Batch = await inTenant(db, actor, async (tx) => {
      const due = await readDueActivities(tx, { ...window, after: from }, purge);
      const plain = new Map<ArchivedTable, Row[]>();
      for (const table of activityTables) plain.set(table, (await readLive(tx, table, [...due.owners.keys()])).rows);
      const keys = await ensureDataKeys(db, tx, keyHolders(due.owners, plain));
      const rows = new Map(
        [...plain].map(([table, found]) => [table, sealRows(actor.org_id, table, found, due.owners, keys)]),
      );
      return { rows, after: due.after };
    });
    yield batch;
    after = batch.after;
  }
  for (let after = window.after; ;) {
    const rows = await inTenant(db, actor, async (tx) => {
      const ids = await readDueFeatures(tx, { ...window, after }, purge);
      return (await readLive(tx, featureTable, ids)).rows;
    });
    if (rows.length === 0) return;
    yield { rows: new Map([[featureTable, rows]]), after: null };
    after = rows.at(-1)!["id"] as string;
  }
}
