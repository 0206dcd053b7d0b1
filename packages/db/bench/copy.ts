import pg from "pg";

/** The part of a connection that COPY needs. */
type Wire = { sendCopyFromChunk(chunk: Buffer): void; endCopyFrom(): void };

/** COPY … FROM STDIN of rows that are made. */
class CopyIn extends pg.Query {
  readonly #rows: Buffer;

  constructor(text: string, rows: Buffer, done: (error: Error | null) => void) {
    super(text, done as never);
    this.#rows = rows;
  }

  handleCopyInResponse(connection: Wire): void {
    connection.sendCopyFromChunk(this.#rows);
    connection.endCopyFrom();
  }
}

export type Cell = string | number | Buffer | null;

/** Adds rows to a table by COPY; a Buffer is a bytea. Text must be without tabs, line ends and backslashes. */
export function copyIn(
  client: pg.PoolClient,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Promise<void> {
  const cell = (value: Cell) =>
    value === null ? "\\N" : Buffer.isBuffer(value) ? `\\\\x${value.toString("hex")}` : String(value);
  const lines = Buffer.from(rows.map((row) => `${row.map(cell).join("\t")}\n`).join(""));
  return new Promise((done, failed) =>
    client.query(
      new CopyIn(`copy ${table} (${columns.join(", ")}) from stdin`, lines, (error) =>
        error ? failed(error) : done(),
      ),
    ),
  );
}
