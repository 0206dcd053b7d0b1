import { createHash, type Hash } from "node:crypto";
import type { ArchivedTable, Row } from "./shape.ts";

/**
 * What a table's rows say, whatever file they lie in: a SHA-256 over every value of every row, in the order of the
 * table's key. What was read from the database and what is read back from a file must agree in it.
 */
export class ContentDigest {
  rows = 0;
  readonly #table: ArchivedTable;
  readonly #hash: Hash = createHash("sha256");

  constructor(table: ArchivedTable) {
    this.#table = table;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) updateWith(this.#hash, this.#table, row);
    this.rows += rows.length;
  }

  /** Ends it. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}

/** Each value with its kind and length before it, so that none can run into the next. */
function updateWith(hash: Hash, { columns }: ArchivedTable, row: Row): void {
  let text = "";
  for (const { name } of columns) {
    const value = row[name] ?? null;
    if (Buffer.isBuffer(value)) {
      hash.update(`${text}b${value.length}:`).update(value);
      text = "";
    } else if (typeof value === "string") text += `s${value.length}:${value}`;
    else text += value === null ? "~" : `${typeof value === "boolean" ? "?" : "#"}${String(value)};`;
  }
  hash.update(`${text}\n`);
}

/** What rows say, by the id that they hang on, however many there are of one: they come in the order of their table. */
export class ContentsById {
  readonly #table: ArchivedTable;
  readonly #hashes = new Map<string, Hash>();

  constructor(table: ArchivedTable) {
    this.#table = table;
  }

  add(rows: readonly Row[]): void {
    for (const row of rows) {
      const id = row[this.#table.key] as string;
      let hash = this.#hashes.get(id);
      if (!hash) this.#hashes.set(id, (hash = createHash("sha256")));
      updateWith(hash, this.#table, row);
    }
  }

  /** What hangs on each id; ids without a row are absent. Ends it. */
  end(): Map<string, string> {
    return new Map([...this.#hashes].map(([id, hash]) => [id, hash.digest("base64")]));
  }
}
