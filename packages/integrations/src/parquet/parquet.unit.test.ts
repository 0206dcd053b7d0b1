import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { DamagedFile } from "@twin/db/archives/files";
import {
  type ArchivedTable,
  archivedTables,
  type ColumnKind,
  type TableRow,
  type Value,
} from "@twin/db/archives/shape";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "./archive.ts";
import { folderBlobs } from "./folder.ts";

const folder = mkdtempSync(join(tmpdir(), "twin-archive-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

const bytes = (max: number) => fc.uint8Array({ maxLength: max }).map((array) => Buffer.from(array));
const valueOf: Record<ColumnKind, fc.Arbitrary<Value>> = {
  uuid: fc.uuid(),
  text: fc.string({ unit: "binary", maxLength: 40 }).filter((text) => text.isWellFormed()),
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  bool: fc.boolean(),
  instant: fc.bigInt({ min: -(10n ** 15n), max: 5n * 10n ** 15n }),
  bytes: bytes(200),
};
const rowOf = ({ columns }: ArchivedTable): fc.Arbitrary<TableRow> =>
  fc.record(
    Object.fromEntries(
      columns.map(({ name, kind, nullable }) => [name, nullable ? fc.option(valueOf[kind]) : valueOf[kind]]),
    ),
  );

let written = 0;
async function write(table: ArchivedTable, rows: TableRow[]) {
  const path = `1/2026-03/${table.name}-${++written}.parquet`;
  const writer = await archive.create(path, table);
  await writer.append(rows);
  return { path, facts: await writer.finish() };
}
async function read(table: ArchivedTable, { path, facts }: Awaited<ReturnType<typeof write>>): Promise<TableRow[]> {
  const reader = await archive.open(path, table, facts);
  const rows: TableRow[] = [];
  for await (const group of reader.groups()) rows.push(...group);
  await reader.close();
  return rows;
}

test.each(archivedTables.map((table) => [table.name, table] as const))(
  "%s: what was written is read back value for value, whatever it is",
  async (_name, table) => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowOf(table), { minLength: 1, maxLength: 60 }), async (rows) => {
        expect(await read(table, await write(table, rows))).toEqual(rows);
      }),
      { numRuns: 15 },
    );
  },
);

const messages = archivedTables.find(({ name }) => name === "messages")!;
const [sample] = fc.sample(rowOf(messages), { numRuns: 1, seed: 1 }) as [TableRow];

test("many rows make several groups, none of them larger than what may be in memory", async () => {
  const rows = Array.from({ length: 45_000 }, (_, i) => ({ ...sample, token_count: i }));
  const file = await write(messages, rows);
  const reader = await archive.open(file.path, messages, file.facts);
  const sizes: number[] = [];
  let next = 0;
  for await (const group of reader.groups()) {
    sizes.push(group.length);
    for (const row of group) if (row["token_count"] !== next++) throw new Error("not in its place");
  }
  await reader.close();
  expect(sizes).toEqual([20_000, 20_000, 5_000]);
  const heavy = await write(
    messages,
    Array.from({ length: 10 }, () => ({ ...sample, content: Buffer.alloc(4_000_000) })),
  );
  const groups = await archive.open(heavy.path, messages, heavy.facts);
  const lengths: number[] = [];
  for await (const group of groups.groups()) lengths.push(group.length);
  expect(lengths).toEqual([4, 4, 2]);
  await groups.close();
});

test("DuckDB opens a file as it lies, with times in UTC, ids and bytes as what they are", async () => {
  const row: TableRow = {
    ...sample,
    conversation_id: "01890000-0000-7000-8000-000000000001",
    content: Buffer.from([0, 255, 16]),
    token_count: null,
    created_at: 1_772_445_600_123_456n,
  };
  const { path } = await write(messages, [row]);
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  await connection.run("set timezone = 'UTC'");
  const ask = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  const file = join(folder, path);
  expect(
    await ask(`select conversation_id, hex(content) as content, token_count, created_at::varchar as at from '${file}'`),
  ).toEqual([
    {
      conversation_id: row["conversation_id"],
      content: "00FF10",
      token_count: null,
      at: "2026-03-02 10:00:00.123456+00",
    },
  ]);
  const types = Object.fromEntries(
    (await ask(`describe select * from '${file}'`)).map(({ column_name, column_type }) => [column_name, column_type]),
  );
  expect(types).toMatchObject({
    conversation_id: "UUID",
    content: "BLOB",
    metadata: "BLOB",
    sender_type: "VARCHAR",
    created_at: "TIMESTAMP WITH TIME ZONE",
    token_count: "INTEGER",
  });
  connection.closeSync();
});

test("a file with a flipped byte, too short, too long or gone is refused by name before a row of it is read", async () => {
  const file = await write(messages, [sample, sample, sample]);
  const whole = readFileSync(join(folder, file.path));
  for (const at of [0, Math.floor(whole.length / 2), whole.length - 1]) {
    const flipped = Buffer.from(whole);
    flipped[at]! ^= 1;
    writeFileSync(join(folder, file.path), flipped);
    await expect(read(messages, file)).rejects.toThrow(/SHA-256 differs/);
  }
  writeFileSync(join(folder, file.path), whole.subarray(0, -1));
  await expect(read(messages, file)).rejects.toThrow(`${file.path} has ${whole.length - 1} bytes`);
  writeFileSync(join(folder, file.path), Buffer.concat([whole, Buffer.alloc(1)]));
  await expect(read(messages, file)).rejects.toThrow(DamagedFile);
  rmSync(join(folder, file.path));
  await expect(read(messages, file)).rejects.toThrow(`${file.path} is missing`);
});

test("a file that isn't finished leaves nothing behind", async () => {
  const writer = await archive.create("1/2026-03/half.parquet", messages);
  await writer.append([sample]);
  await writer.abandon();
  await expect(archive.readText("1/2026-03/half.parquet")).rejects.toThrow("is missing");
  expect(readdirSync(join(folder, "1/2026-03")).filter((name) => name.includes("half"))).toEqual([]);
});
