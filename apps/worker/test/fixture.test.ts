import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { revealActivity } from "@twin/db/activities/get";
import type { Actor } from "@twin/db/tenancy/actor";
import { requestRestore } from "@twin/db/archives/restore";
import { verifyArchives } from "@twin/db/archives/verify";
import { connect, type Database } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { openLedger } from "@twin/db/privacy/erasures/ledger";
import { replayLedger } from "@twin/db/privacy/erasures/replay";
import { undoImport } from "@twin/db/imports/undo";
import { enqueueJob } from "@twin/db/jobs/enqueue";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { verifyOrganization } from "@twin/db/figures/verify";
import { migrate } from "@twin/db/postgres/migrate";
import { useDatabase } from "@twin/db/test/database";
import { fixture, loadFixture } from "@twin/db/test/fixture";
import { beforeAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { answers, day, inThread, noon, plainExport, says, useExports } from "@twin/integrations/test/slack/exports";
import { importsInto } from "./slack/importing.ts";
import { workOff } from "./work-off.ts";
import { systemOf } from "@twin/db/test/actors";

/** What an earlier version left behind, brought up to this one: migrated, and the queue worked off. */

const database = useDatabase({ empty: true });
const exports = useExports();
const { now } = fixture;
/** One with a seal, an archive, erasures and a changed zone; one whose days are all open. */
const [harbour, meadow] = [1, 2];
/** Facts that are kept of each day, and what they call the day. */
const facts = {
  daily_metrics: "metric_date",
  user_days: "day",
  feature_usage: "usage_date",
  activity_hours: "day",
  platform_days: "day",
  feature_days: "day",
};
/** When a row was computed, and by which run, may change. */
const bookkeeping = ["updated_at", "last_calculated_at", "last_record_at", "job_run_id"];

type Row = Record<string, unknown>;
let db: Database;
let sealedDays: string[];
let sealed: Record<string, Row[]>;
let archive: ReturnType<typeof archiveIn>;
let around: Parameters<typeof workOff>[0];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "twin-fixture-"));
  cpSync(fixture.archive, folder, { recursive: true });
  archive = archiveIn(folderBlobs(folder));
  await loadFixture(database.url);
  const { rows } = await database.pool.query<{ day: string }>(
    `select metric_date::text as day from daily_metrics d join organizations o on o.id = d.org_id
     where d.org_id = $1 and is_sealed(metric_date, o) order by 1`,
    [harbour],
  );
  sealedDays = rows.map(({ day }) => day);
  sealed = await readSealed();
  await migrate(database.url);
  db = connect(database.url, { max: 5 });
  await unlockKeys(db, { key: await fixture.key() });
  around = { db, url: database.url, now, archive, ledger: openLedger(fixture.ledger) };
  await workOff(around);
  return async () => {
    await db.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

/** What is stored of the days that were sealed when it was left. */
async function readSealed(): Promise<Record<string, Row[]>> {
  const all: Record<string, Row[]> = {};
  for (const [table, day] of Object.entries(facts)) {
    const { rows } = await database.pool.query<{ row: Row }>(
      `select to_jsonb(t) - $3::text[] as row from ${table} t where org_id = $1 and ${day} between $2::date and $4::date`,
      [harbour, sealedDays[0], bookkeeping, sealedDays.at(-1)],
    );
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

/** The rows with the columns that `like` has, in an order of their own. */
const linesOf = (rows: readonly Row[], like: readonly Row[]): string[] => {
  const columns = Object.keys(like[0] ?? {}).sort();
  return rows.map((row) => JSON.stringify(columns.map((column) => row[column]))).sort();
};

async function differences(org_id: number, at = now): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const one of verifyOrganization(db, systemOf(org_id), { now: at })) found.push(one);
  return found;
}

async function expectSealedUnchanged(): Promise<void> {
  const after = await readSealed();
  for (const [table, rows] of Object.entries(sealed)) {
    expect(rows.length, table).toBeGreaterThan(0);
    expect(linesOf(after[table]!, rows), table).toEqual(linesOf(rows, rows));
  }
}

test("every open figure is what raw rows say", async () => {
  expect(await differences(harbour)).toEqual([]);
  expect(await differences(meadow)).toEqual([]);
});

test("sealed days are as they were left", async () => {
  expect(sealedDays.length).toBeGreaterThan(100);
  await expectSealedUnchanged();
});

test("a Slack export comes in beside what was left, the same one again changes nothing, and both are taken back", async () => {
  const thread = inThread(noon);
  const path = exports.zip({
    ...plainExport,
    [day]: [
      says("U2", noon, "What is our plan?", thread),
      answers(noon + 1, "A move.", thread),
      says("U3", noon + 90_000, "Thanks", thread),
    ],
  });
  const { bringIn, actor } = importsInto(db, meadow);
  const counted = async () =>
    (await database.pool.query("select count(*)::int as n from activities where org_id = $1", [meadow])).rows;
  const before = await counted();
  const runs: number[] = [];
  for (const accepted of [6, 0]) {
    const { run, ...came } = await bringIn(path, ["AskGPT=u1@x.example"]);
    expect(came).toMatchObject({ accepted, updated: 0, rejected: [], messages: 3 });
    runs.push(run);
    await workOff(around);
    expect(await differences(meadow)).toEqual([]);
  }
  for (const run of runs) {
    await undoImport(db, actor, run, { now });
    await workOff(around);
    expect(await differences(meadow)).toEqual([]);
  }
  expect(await counted()).toEqual(before);
});

test("words are read with the key that they were written under, and those of who was erased are gone", async () => {
  const reader: Actor = {
    kind: "member",
    org_id: harbour,
    account_id: "00000000-0000-4000-8000-000000000001",
    name: "Reader",
    role: "owner",
    permissions: ["activities.read", "people.read", "content.read"],
    request_id: "test",
  };
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from activities where org_id = $1 and started_at = '2026-11-04T14:00:00Z'",
    [harbour],
  );
  const { conversation } = await revealActivity(db, reader, { id: rows[0]!.id, reason: "Handed over" }, now);
  expect(conversation!.messages.map(({ content }) => content)).toEqual([
    null,
    null,
    "Words of person 2",
    "Words of person 3",
  ]);
});

test("archived months are whole and can be restored, and the ledger of erasures asks for nothing anew", async () => {
  const parts: unknown[] = [];
  for await (const { month, damage } of verifyArchives(db, systemOf(harbour), archive, { now }))
    parts.push([month, damage]);
  expect(parts).toEqual([
    ["2025-09", null],
    ["2025-10", null],
    ["2025-11", null],
    ["2025-11", null],
  ]);
  await requestRestore(db, systemOf(harbour), { month: "2025-10" }, { now, isQueued: true });
  await workOff(around);
  const { rows } = await database.pool.query(
    `select (select count(*)::int from restored.activities where org_id = $1) as activities,
       (select count(*)::int from restored.messages where org_id = $1) as messages`,
    [harbour],
  );
  expect(rows).toEqual([{ activities: 11, messages: 5 }]);
  expect(await replayLedger(db, openLedger(fixture.ledger), now)).toEqual({ entries: 2, again: 0, kept_out: 0 });
});

test("as nights go on purging and sealing, what is open stays right and what was sealed stays", async () => {
  for (const later of ["2026-12-29T20:00:00Z", "2027-01-04T20:00:00Z", "2027-01-20T20:00:00Z"].map(
    (at) => new Date(at),
  )) {
    await enqueueJob(db, systemOf(0), "metrics/new-day", {});
    await workOff({ ...around, now: later });
    await startLifecycle(db, systemOf(harbour));
    await workOff({ ...around, now: later });
    expect(await differences(harbour, later)).toEqual([]);
    expect(await differences(meadow, later)).toEqual([]);
  }
  const { rows } = await database.pool.query<{ day: string }>(
    "select day_from(sealed_before, day_rule_of(o))::text as day from organizations o where id = $1",
    [harbour],
  );
  expect(rows).toEqual([{ day: "2026-10-24" }]);
  await expectSealedUnchanged();
});

test("a figure that is changed by hand is named", async () => {
  const { rows } = await database.pool.query<{ day: string; queries: number }>(
    `update user_days set queries = queries + 1 where (org_id, day, n, twin_id, platform) = (
       select org_id, day, n, twin_id, platform from user_days where org_id = $1 order by day desc, n limit 1
     ) returning day::text, queries`,
    [meadow],
  );
  const { day, queries } = rows[0]!;
  expect(await differences(meadow)).toContainEqual(
    expect.objectContaining({
      table: "user_days",
      key: expect.objectContaining({ day }),
      column: "queries",
      stored: queries,
      recomputed: queries - 1,
    }),
  );
});
