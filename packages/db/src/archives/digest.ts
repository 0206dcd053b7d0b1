import { createHash, type Hash } from "node:crypto";
import type { ArchivedTable, TableRow } from "./shape.ts";

/**
 * A digest of a table's rows: SHA-256 over every value of every row, in the order of the table's key. Rows read from the
 * database and rows read back from a file must have the same one.
 */
export class ContentDigest {
  rows = 0;
  readonly #table: ArchivedTable;
  readonly #hash: Hash = createHash("sha256");

  constructor(table: ArchivedTable) {
    this.#table = table;
  }

  add(rows: readonly TableRow[]): void {
    for (const row of rows) updateWith(this.#hash, this.#table, row);
    this.rows += rows.length;
  }

  /** Ends the digest. */
  hex(): string {
    return this.#hash.digest("hex");
  }
}

/** Each value with its kind and length before it, so that two values can't be read as one. */
function updateWith(hash: Hash, { columns }: ArchivedTable, row: TableRow): void {
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

/** Digests of rows by the id that they belong to. One id may have many rows; they come in the order of their table. */
export class ContentsById {
  readonly #table: ArchivedTable;
  readonly #hashes = new Map<string, Hash>();

  constructor(table: ArchivedTable) {
    this.#table = table;
  }

  add(rows: readonly TableRow[]): void {
    for (const row of rows) {
      const id = row[this.#table.key] as string;
      let hash = this.#hashes.get(id);
      if (!hash) this.#hashes.set(id, (hash = createHash("sha256")));
      updateWith(hash, this.#table, row);
    }
  }

  /** Ends it. @returns id -> digest; ids without a row are absent */
  end(): Map<string, string> {
    return new Map([...this.#hashes].map(([id, hash]) => [id, hash.digest("base64")]));
  }
}
