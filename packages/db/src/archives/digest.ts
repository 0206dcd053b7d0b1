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

/** One row's content. */
export function digestOf(table: ArchivedTable, row: Row): string {
  const hash = createHash("sha256");
  updateWith(hash, table, row);
  return hash.digest("base64");
}
