import { chmodSync, cpSync, existsSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../src/postgres/embedded/embedded.ts";
import { commandLine } from "../src/postgres/embedded/leftover.ts";

const binDir = process.env.POSTGRES_BIN;
const started: EmbeddedServer[] = [];
let fresh: string;
let dataDir: string;

// Making a cluster takes a second, copying one a tenth of it.
beforeAll(async () => {
  fresh = mkdtempSync(join(tmpdir(), "ai-twin-embedded-"));
  dataDir = fresh;
  await (await start()).stop();
});
afterAll(() => rmSync(fresh, { recursive: true, force: true }));

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "ai-twin-embedded-"));
  cpSync(fresh, dataDir, { recursive: true });
  chmodSync(join(dataDir, "postgres"), 0o700);
});
afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()));
  rmSync(dataDir, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, ...(binDir ? { binDir } : {}) });
  started.push(server);
  return server;
}

async function ask(server: EmbeddedServer, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(server.url());
  await client.connect();
  const { rows } = await client.query(statement);
  await client.end();
  return rows;
}

test("it keeps its data, is durable, and asks for the password", async () => {
  const first = await start();
  await ask(first, "create table kept as select 7 as n");
  expect(
    await ask(first, "select current_setting('fsync') || current_setting('synchronous_commit') as durable"),
  ).toEqual([{ durable: "onon" }]);
  const stranger = new pg.Client(first.url().replace(/:[^:@/]+@/, ":guess@"));
  await expect(stranger.connect()).rejects.toThrow("password authentication failed");
  await first.stop();
  expect(await ask(await start(), "select n from kept")).toEqual([{ n: 7 }]);
});

test("the password is readable by its owner only", async () => {
  await start();
  expect(statSync(join(dataDir, "postgres.password")).mode & 0o077).toBe(0);
});

test("a server that was left behind is ended and taken over, with all that was committed", async () => {
  const left = await start();
  await ask(left, "create table kept as select 7 as n");
  const next = await start();
  expect(next.tookOver).toBe(true);
  await left.exited;
  expect(await ask(next, "select n from kept")).toEqual([{ n: 7 }]);
});

test("after kill -9 it comes back with all that was committed", async () => {
  const killed = await start();
  await ask(killed, "create table kept as select 7 as n");
  process.kill(killed.pid, "SIGKILL");
  await killed.exited;
  expect(await ask(await start(), "select n from kept")).toEqual([{ n: 7 }]);
});

test("a process that has the old server's number by chance is left alone", async () => {
  const first = await start();
  await first.stop();
  writeFileSync(join(dataDir, "postgres", "postmaster.pid"), `${process.pid}\n${join(dataDir, "postgres")}\n`);
  await start();
  expect(commandLine(process.pid)).not.toBe("");
});

test.each([
  ["a cut control file", (data: string) => truncateSync(join(data, "global/pg_control"), 10)],
  ["a missing control file", (data: string) => rmSync(join(data, "global/pg_control"))],
  ["a missing version", (data: string) => rmSync(join(data, "PG_VERSION"))],
])("%s is named as damage, in one sentence with a way out", async (_, damage) => {
  await (await start()).stop();
  damage(join(dataDir, "postgres"));
  await expect(start()).rejects.toThrow(
    /^The data folder \S+ is damaged \([^\n]+\): restore a backup, or move [^\n]+\.$/,
  );
});

test("a cluster of another major version is not touched", async () => {
  await (await start()).stop();
  writeFileSync(join(dataDir, "postgres", "PG_VERSION"), "12\n");
  await expect(start()).rejects.toThrow(/was made by PostgreSQL 12 and this is PostgreSQL 1[58]/);
});

test("a lost password is said, instead of a new one made that doesn't fit", async () => {
  await (await start()).stop();
  rmSync(join(dataDir, "postgres.password"));
  await expect(start()).rejects.toThrow("postgres.password is gone");
  expect(existsSync(join(dataDir, "postgres.password"))).toBe(false);
});
