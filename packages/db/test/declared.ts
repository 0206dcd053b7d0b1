import { globSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { expect } from "vitest";
import { floors } from "../../../oxlint.config.ts";
import type { Declared } from "../src/postgres/statement.ts";
import type { TestDatabase } from "./database.ts";

const source = fileURLToPath(new URL("../src/", import.meta.url));
export const sourceFiles = globSync("**/*.ts", { cwd: source, exclude: ["**/*.test.ts"] }).map((path) =>
  join(source, path),
);

/** Every file that may declare a statement. */
export async function loadSource(): Promise<void> {
  for (const path of sourceFiles) await import(pathToFileURL(path).href);
}

/** PostgreSQL's names of types, where they are others than ours. */
const oursOf: Record<string, string> = {
  int4: "int",
  int8: "bigint",
  bool: "boolean",
  varchar: "text",
  name: "text",
};

type Described = { name: string; dataTypeID: number };
type Protocol = {
  parse(message: { name: string; text: string }): void;
  describe(message: { type: "S"; name: string }): void;
  sync(): void;
};

/** The columns that the server says a statement answers with, without running it. */
function describeColumns(client: pg.Client, text: string): Promise<Described[]> {
  return new Promise((done, failed) => {
    let columns: Described[] = [];
    client.query({
      submit(connection: Protocol) {
        connection.parse({ name: "", text });
        connection.describe({ type: "S", name: "" });
        connection.sync();
      },
      handleRowDescription: ({ fields }: { fields: Described[] }) => {
        columns = fields;
      },
      handleError: failed,
      handleReadyForQuery: () => done(columns),
    } as never);
  });
}

/** Prepares each statement against a database, and compares the columns that it answers with with its declared row. */
export async function expectAsDeclared(database: TestDatabase, all: readonly Declared[]): Promise<void> {
  const { rows } = await database.pool.query<{ oid: number; typname: string }>("select oid::int, typname from pg_type");
  const typeOf = new Map(rows.map(({ oid, typname }) => [oid, typname]));
  const nameOf = (oid: number): string => {
    const name = typeOf.get(oid)!;
    return name.startsWith("_") ? `${oursOf[name.slice(1)] ?? name.slice(1)}[]` : (oursOf[name] ?? name);
  };
  const client = new pg.Client(database.url);
  await client.connect();
  try {
    await client.query("begin");
    for (const { text } of all) if (/^\s*create temp table /.test(text)) await client.query(text);
    for (const one of all) {
      expect(floors, one.name).toContain(one.name.split(".")[0]);
      expect(one.name.length, one.name).toBeLessThan(64);
      const columns = await describeColumns(client, one.text).catch((error: Error) => {
        throw new Error(`${one.name}: ${error.message}`, { cause: error });
      });
      const answered = Object.fromEntries(columns.map(({ name, dataTypeID }) => [name, nameOf(dataTypeID)]));
      const wanted = Object.fromEntries(Object.entries(one.row).map(([name, type]) => [name, type.replace("?", "")]));
      expect(answered, one.name).toEqual(wanted);
    }
  } finally {
    await client.end();
  }
}

/** The text as a file of SQL: what goes in and comes out, then the statement, moved to the left. */
export function fileOf({ text, params, row }: Declared): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length);
  const left = Math.min(...indents);
  const listed = (of: object) =>
    Object.entries(of)
      .map(([name, type]) => `${name} ${String(type)}`)
      .join(", ");
  return `-- takes: ${listed(params)}\n-- gives: ${listed(row)}\n${lines.map((line) => line.slice(left)).join("\n")};\n`;
}
