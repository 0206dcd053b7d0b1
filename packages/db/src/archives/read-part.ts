import type { Archive, TableReader } from "./files.ts";
import { type Manifest, readManifest, shapeOfFile, tableOf } from "./manifest.ts";
import type { PartId } from "./paths.ts";
import { activityTables, type ArchivedTable, featureTable, type TableRow } from "./shape.ts";

/** Most activities or feature events of one batch, and most of their messages unless one conversation alone has more. */
const batchIds = 1_000;
const batchMessages = 10_000;

/** A batch as it was archived: activities in the order of their ids with all rows that belong to them, and feature events. */
export type PartBatch = {
  /** The last id of the batch; null: it is the last batch. */
  upto: string | null;
  /** Rows of all tables but messages. */
  rows: Map<ArchivedTable, TableRow[]>;
  /** The messages, a group of the file at a time, however many one conversation has; each call begins with the first again. */
  messages(): AsyncGenerator<TableRow[]>;
  /** The columns of each table's file, which may be older than the table. */
  shapes: ReadonlyMap<ArchivedTable, ArchivedTable>;
};

const messageTable = activityTables.find(({ name }) => name === "messages")!;

/** Reads a file in its order. */
class Cursor {
  readonly #groups: AsyncGenerator<TableRow[]>;
  readonly #key: string;
  #rows: TableRow[] = [];
  #at = 0;
  #ended = false;

  constructor(reader: TableReader, { key }: ArchivedTable) {
    this.#groups = reader.groups();
    this.#key = key;
  }

  /** The next rows, at most `count`; the next call returns them again. */
  async peek(count: number): Promise<TableRow[]> {
    while (this.#rows.length - this.#at < count && (await this.#load()));
    return this.#rows.slice(this.#at, this.#at + count);
  }

  /** Returns the rows up to an id (null: all) and goes on behind them. */
  async take(upto: string | null): Promise<TableRow[]> {
    for (let end = this.#at; ; end++) {
      if (end === this.#rows.length) {
        const before = end - this.#at;
        if (!(await this.#load())) return this.#cut(end);
        end = this.#at + before;
      }
      if (upto !== null && (this.#rows[end]![this.#key] as string) > upto) return this.#cut(end);
    }
  }

  /** The same, row group by row group, for rows that needn't be in memory together. */
  async *pages(upto: string | null): AsyncGenerator<TableRow[]> {
    for (;;) {
      let end = this.#at;
      while (end < this.#rows.length && (upto === null || (this.#rows[end]![this.#key] as string) <= upto)) end++;
      const isEnd = end < this.#rows.length;
      const rows = this.#cut(end);
      if (rows.length > 0) yield rows;
      if (isEnd || !(await this.#load())) return;
    }
  }

  /** Goes on behind an id, a group at a time. */
  async skip(upto: string): Promise<void> {
    for (;;) {
      const last = this.#rows.at(-1);
      if (last && (last[this.#key] as string) > upto) break;
      this.#at = this.#rows.length;
      if (!(await this.#load())) return;
    }
    while ((this.#rows[this.#at]![this.#key] as string) <= upto) this.#at++;
  }

  #cut(end: number): TableRow[] {
    const rows = this.#rows.slice(this.#at, end);
    this.#at = end;
    return rows;
  }

  async #load(): Promise<boolean> {
    if (this.#ended) return false;
    const { value, done } = await this.#groups.next();
    if (done) return !(this.#ended = true);
    this.#rows = this.#at < this.#rows.length ? [...this.#rows.slice(this.#at), ...value] : value;
    this.#at = 0;
    return true;
  }
}

/**
 * Reads a part batch by batch; each file is checked before its first row is returned.
 * @param after where to continue: ids up to it are passed over
 * @throws DamagedFile
 */
export async function* readPart(
  archive: Archive,
  org_id: number,
  part: PartId & { manifest_sha256: string | null },
  after: string | null = null,
): AsyncGenerator<PartBatch> {
  const manifest: Manifest = await readManifest(archive, org_id, part, part.manifest_sha256);
  const readers: TableReader[] = [];
  try {
    const cursors = new Map<ArchivedTable, Cursor>();
    const shapes = new Map<ArchivedTable, ArchivedTable>();
    for (const file of manifest.tables) {
      const table = tableOf(file);
      const shape = shapeOfFile(file);
      shapes.set(table, shape);
      const reader = await archive.open(file.file, shape, file);
      readers.push(reader);
      const cursor = new Cursor(reader, table);
      if (after !== null) await cursor.skip(after);
      cursors.set(table, cursor);
    }
    const said = cursors.get(messageTable);
    for (let [upto, from] = ["" as string | null, after]; upto !== null; from = upto) {
      upto = await endOfBatch(cursors);
      const rows = new Map<ArchivedTable, TableRow[]>();
      for (const [table, cursor] of cursors) if (table !== messageTable) rows.set(table, await cursor.take(upto));
      const [begin, end] = [from, upto];
      let isAsked = false;
      const messages = async function* (): AsyncGenerator<TableRow[]> {
        if (!said) return;
        if (!isAsked) {
          isAsked = true;
          return yield* said.pages(end);
        }
        // A transaction that was rolled back and is run again asks a second time.
        const file = manifest.tables.find((one) => tableOf(one) === messageTable)!;
        const reader = await archive.open(file.file, shapeOfFile(file), file);
        try {
          const again = new Cursor(reader, messageTable);
          if (begin !== null) await again.skip(begin);
          yield* again.pages(end);
        } finally {
          await reader.close();
        }
      };
      yield { upto, rows, messages, shapes };
      if (said) for await (const _ of said.pages(end));
    }
  } finally {
    for (const reader of readers) await reader.close();
  }
}

/** The id that the next batch ends with; null where it takes all that is left. */
async function endOfBatch(cursors: ReadonlyMap<ArchivedTable, Cursor>): Promise<string | null> {
  const [activities, conversations] = activityTables as [ArchivedTable, ArchivedTable];
  const ends: string[] = [];
  for (const table of [activities, featureTable]) {
    const rows = (await cursors.get(table)?.peek(batchIds + 1)) ?? [];
    if (rows.length > batchIds) ends.push(rows[batchIds - 1]!["id"] as string);
  }
  let messages = 0;
  let previous: string | null = null;
  for (const row of (await cursors.get(conversations)?.peek(batchIds)) ?? []) {
    messages += row["message_count"] as number;
    if (messages > batchMessages && previous !== null) {
      ends.push(previous);
      break;
    }
    previous = row["activity_id"] as string;
  }
  return ends.length === 0 ? null : ends.sort()[0]!;
}
