import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { readErasureReceipt } from "@twin/db/privacy/erasures/receipt";
import { eraseDue } from "@twin/db/privacy/erasures/run";
import { fetchExport } from "@twin/db/privacy/exports/fetch";
import { requestExport } from "@twin/db/privacy/exports/request";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { verifyOrganization } from "@twin/db/figures/verify";
import { canaryEmail, canaryRecords, everything, othersWords, singing } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { askAtOnce, memoryLedger } from "@twin/db/test/erasing";
import { makeSender, useApplication } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { unzip } from "../unzip.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import type { Difference } from "@twin/db/figures/compare";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-killed-erasure-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(join(folder, "archive")));
const ledger = join(folder, "erasures.ndjson");

const now = new Date("2026-10-10T12:00:00Z");
const program = fileURLToPath(new URL("run-once.ts", import.meta.url));

/** Runs in a process that kills itself at a place. @returns how it ended: the signal, or its exit code */
async function runUntil(org_id: number, place: string, ...more: string[]): Promise<NodeJS.Signals | number | null> {
  const words = [program, database.url, ledger, String(org_id), now.toISOString(), place, ...more];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

const live = canaryRecords("2026-09-20T09:00:00Z", "-live");

/** A person in live days and in a restored month, in summaries of others in both. */
async function makePerson(): Promise<{ org_id: number; person: string }> {
  const { db } = application;
  const { org_id, send } = await makeSender(db);
  for (const type of ["activities", "messages"] as const) await keep(database.pool, org_id, type, 180);
  await keep(database.pool, org_id, "sessions", 2, "year");
  const old = canaryRecords("2026-03-10T09:00:00Z");
  expect((await send(old.records, { now: new Date("2026-03-20T12:00:00Z") })).rejected).toEqual([]);
  await rollupOrganization(db, systemOf(org_id), { now });
  await runLifecycle(db, systemOf(org_id), { now, archive });
  expect((await send(live.records.slice(8), { now })).rejected).toEqual([]);
  await rollupOrganization(db, systemOf(org_id), { now });
  await requestRestore(db, systemOf(org_id), { month: "2026-03" }, { now, isQueued: false });
  await restoreMonth(db, systemOf(org_id), archive, { month: "2026-03", now, takeErased: takeFromRestored });
  const [{ id: person }] = (
    await database.pool.query("select id from users where org_id = $1 and email = $2", [org_id, canaryEmail])
  ).rows;
  for (const schema of ["public", "restored"])
    await database.pool.query(
      `update ${schema}.conversations set summary_author_ids = array[$2::uuid] where org_id = $1 and title = 'Bob''s'`,
      [org_id, person],
    );
  return { org_id, person };
}

const verified = async (org_id: number) => {
  const found: Difference[] = [];
  for await (const one of verifyOrganization(application.db, systemOf(org_id), { now })) found.push(one);
  return found;
};
const receiptOf = async (org_id: number) =>
  (await readErasureReceipt(application.db, systemOf(org_id), { number: 1 }, now)).lines;

// Each is a process of its own, so beside everything else only some are tried; `npm run full` tries all.
const tried = (places: ReadonlySet<string>) =>
  [...places].filter((_, at) => process.env["FULL"] === "1" || at % 4 === 0);

test("an erasure that is killed at one place after the other ends like one that never was, counted once", async () => {
  const { db } = application;
  const [calm, killed] = [await makePerson(), await makePerson()];
  const places = new Set<string>();
  await askAtOnce(db, calm.org_id, calm.person, canaryEmail, now);
  await eraseDue(db, systemOf(calm.org_id), {
    now,
    ledger: memoryLedger(),
    limit: 4,
    reached: (at) => void places.add(at),
  });
  await rollupOrganization(db, systemOf(calm.org_id), { now });
  expect(places.size).toBeGreaterThanOrEqual(28);

  await askAtOnce(db, killed.org_id, killed.person, canaryEmail, now);
  for (const place of tried(places)) expect([place, await runUntil(killed.org_id, place)]).toEqual([place, "SIGKILL"]);
  expect(await runUntil(killed.org_id, "nowhere")).toBe(0);
  await rollupOrganization(db, systemOf(killed.org_id), { now });

  expect(await receiptOf(killed.org_id)).toEqual(await receiptOf(calm.org_id));
  expect(readFileSync(ledger, "utf8").trim().split("\n")).toHaveLength(1);
  const audited = await database.pool.query("select from audit_log where org_id = $1 and action = 'user.erased'", [
    killed.org_id,
  ]);
  expect(audited.rowCount).toBe(1);
  expect(await verified(killed.org_id)).toEqual([]);
  const left = await everything(database.url, db, killed.org_id);
  expect(singing(left)).toEqual([]);
  const told = left.split("\n").filter((line) => line.includes("messages"));
  for (const words of othersWords)
    for (const place of ["restored.messages", "messages_2026_09"])
      expect(
        told.filter((line) => line.startsWith(`${place}.content: ${words}`)),
        words,
      ).toHaveLength(1);
}, 180_000);

test("an export that is killed at every place is made whole by the next try, and once", async () => {
  const { db } = application;
  const { org_id, send } = await makeSender(db);
  await send(live.records, { now });
  // More than a chunk of words that can't be compressed.
  const texts = Array.from({ length: 30 }, () => randomBytes(12_000).toString("base64"));
  const more = texts.map((text, i) => live.message(`long${i}`, "q", 17 + i, text));
  expect(
    (
      await send(
        more.map((one) => ({ type: "message", conversation: "talk-live", ...one })),
        { now },
      )
    ).rejected,
  ).toEqual([]);
  const [{ id: user_id }] = (
    await database.pool.query("select id from users where org_id = $1 and email = $2", [org_id, canaryEmail])
  ).rows;
  const { id } = await requestExport(db, systemOf(org_id), { user_id }, now);
  for (const place of ["begun", "chunk-written", "chunk-stored", "made", "stored"])
    expect([place, await runUntil(org_id, `export:${place}`, id)]).toEqual([place, "SIGKILL"]);
  expect(await runUntil(org_id, "nowhere", id)).toBe(0);
  const made = await database.pool.query("select from audit_log where org_id = $1 and action = 'user.export'", [
    org_id,
  ]);
  expect(made.rowCount).toBe(1);
  const parts: Buffer[] = [];
  for await (const part of (await fetchExport(db, systemOf(org_id), id, now)).chunks) parts.push(part);
  expect(parts.length).toBeGreaterThan(1);
  const messages = JSON.parse(String((await unzip(Buffer.concat(parts))).get("messages.json"))) as {
    content: string;
  }[];
  expect(messages.map(({ content }) => content)).toEqual(expect.arrayContaining(texts));
}, 120_000);
