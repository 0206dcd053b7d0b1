import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import pg from "pg";
import { expect, test } from "vitest";
import { floors } from "../../../oxlint.config.ts";
import { type Declared, declared } from "../src/postgres/statement.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();
const source = fileURLToPath(new URL("../src/", import.meta.url));

/** Every file that may declare a statement. */
async function loadSource(): Promise<void> {
  for (const path of globSync("**/*.ts", { cwd: source, exclude: ["**/*.test.ts"] }))
    await import(pathToFileURL(join(source, path)).href);
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

/** The text as a file of SQL: what goes in and comes out, then the statement, moved to the left. */
function fileOf({ text, params, row }: Declared): string {
  const lines = text.replace(/^\n/, "").trimEnd().split("\n");
  const indents = lines.filter((line) => line.trim() !== "").map((line) => /^ */.exec(line)![0].length);
  const left = Math.min(...indents);
  const listed = (of: object) =>
    Object.entries(of)
      .map(([name, type]) => `${name} ${String(type)}`)
      .join(", ");
  return `-- takes: ${listed(params)}\n-- gives: ${listed(row)}\n${lines.map((line) => line.slice(left)).join("\n")};\n`;
}

test("every statement is what the database takes, answers with the row that it declares, and stands in test/sql as it is", async () => {
  await loadSource();
  expect(declared.length).toBeGreaterThan(0);
  const names = declared.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)]);
  for (const name of names) {
    expect(floors, name).toContain(name.split(".")[0]);
    expect(name.length, name).toBeLessThan(64);
  }
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
    for (const { text } of declared) if (/^\s*create temp table /.test(text)) await client.query(text);
    for (const one of declared) {
      const columns = await describeColumns(client, one.text).catch((error: Error) => {
        throw new Error(`${one.name}: ${error.message}`, { cause: error });
      });
      const answered = Object.fromEntries(columns.map(({ name, dataTypeID }) => [name, nameOf(dataTypeID)]));
      const wanted = Object.fromEntries(Object.entries(one.row).map(([name, type]) => [name, type.replace("?", "")]));
      expect(answered, one.name).toEqual(wanted);
      await expect(fileOf(one), one.name).toMatchFileSnapshot(`./sql/${one.name}.sql`);
    }
  } finally {
    await client.end();
  }
  const written = globSync("*.sql", { cwd: new URL("./sql/", import.meta.url) }).map((file) => file.slice(0, -4));
  expect(names).toEqual(expect.arrayContaining(written));
});

test("the pooler of docker-compose.yml keeps every statement of a connection prepared", async () => {
  await loadSource();
  const compose = readFileSync(new URL("../../../docker-compose.yml", import.meta.url), "utf8");
  const most = Number(/MAX_PREPARED_STATEMENTS: "(\d+)"/.exec(compose)?.[1]);
  // Those that are still written as text have names, too.
  const texts = globSync("**/*.ts", { cwd: source, exclude: ["**/*.test.ts"] }).map((path) =>
    readFileSync(join(source, path), "utf8"),
  );
  const named = texts.reduce((sum, text) => sum + text.split(/\bname: ["`]/).length - 1, 0);
  expect(most).toBeGreaterThan(declared.filter(({ isNamed }) => isNamed).length + named);
});
