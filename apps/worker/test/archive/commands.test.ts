import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestDropRestored } from "@twin/db/archives/drop-restored";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore } from "@twin/db/archives/restore";
import { requestVerify } from "@twin/db/archives/verify";
import { enqueueJob } from "@twin/db/jobs/enqueue";
import { listJobs } from "@twin/db/jobs/queued";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { findOrganization } from "@twin/db/tenancy/organizations/find";
import { canaryRecords } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { drained, resultOf, runTwinctl, startWorker, type Worker } from "../processes.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-archive-commands-"));
let worker: Worker | undefined;
afterAll(() => {
  worker?.child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});
const archive = archiveIn(folderBlobs(join(folder, "archive")));
const env = () => ({
  DATABASE_URL: database.url,
  KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  ARCHIVE_DIR: join(folder, "archive"),
  ERASURE_LEDGER: join(folder, "erasures.ndjson"),
});
/** A command for people, and the same with `--json`. */
const twinctl = async (...words: string[]) => {
  const [command, json] = [words, [...words, "--json"]].map((all) => runTwinctl(env(), [...all, "--org", "old"]));
  const [said, told] = [await command!, await json!];
  expect(said.code).toBe(told.code);
  return { code: said.code, said: said.out + said.err, result: resultOf(told) };
};
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
/** The middle of a month that is old enough. */
const begin = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 9, 15, 9));
const month = begin.toISOString().slice(0, 7);
const count = async (table: string) => (await database.pool.query(`select from ${table}`)).rowCount;

/** Damages a file; once more puts it back. */
function flip(name: string): void {
  const file = join(folder, "archive", name);
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(file, bytes);
}

test("a damaged archive: apply deletes nothing and names the file, verify and restore name it with exit code 1, and all is well once it is put back", async () => {
  const { db } = application;
  expect((await runTwinctl(env(), ["org", "create", "old", "--name", "Old", "--timezone", "UTC"])).code).toBe(0);
  const { org_id } = (await findOrganization(db, "old"))!;
  const actor = systemOf(org_id);
  expect(await twinctl("archive", "ls")).toMatchObject({
    code: 0,
    said: expect.stringContaining("Nothing is archived yet."),
    result: { months: [] },
  });
  for (const type of ["activities", "messages"] as const) await keep(database.pool, org_id, type, 180);
  await keep(database.pool, org_id, "sessions", 2, "year");
  const { records } = canaryRecords(begin.toISOString());
  const service = { ...actor, kind: "service", key_id: "t", name: "t", source: "t", permissions: [] } as const;
  expect((await recordBatch(db, service, { records }, { now: ago(10) })).rejected).toEqual([]);
  await rollupOrganization(db, actor, { now: ago(10) });

  // Written and read back, then cut off; damaged before the first row goes.
  const cut = (place: string) => {
    if (place === "archive:verified") throw new Error("cut off");
  };
  await expect(runLifecycle(db, actor, { now: new Date(), archive, reached: cut })).rejects.toThrow("cut off");
  const name = `${org_id}/${month}/documents-1.parquet`;
  flip(name);
  worker = await startWorker(env());
  const refused = await runTwinctl(env(), ["lifecycle", "apply", "--org", "old", "--json"]);
  expect(refused.code).toBe(1);
  expect(resultOf(refused)).toMatchObject({
    runs: expect.arrayContaining([
      expect.objectContaining({
        data_type: "activities",
        status: "refused",
        reason: expect.stringMatching(`${name}.*nothing of ${month} was deleted`),
        rows: 0,
      }),
    ]),
  });
  expect([await count("activities"), await count("documents")]).toEqual([5, 1]);
  // The next run archives anew, and the gate lets through what can be read back.
  const applied = await runTwinctl(env(), ["lifecycle", "apply", "--org", "old", "--json"]);
  expect([applied.code, await count("activities")]).toEqual([0, 0]);

  expect(await twinctl("archive", "ls")).toMatchObject({
    code: 0,
    said: expect.stringMatching(new RegExp(`${month} +1 +5 `)),
    result: { where: join(folder, "archive"), months: [{ month, parts: 1, activities: 5, damage: null }] },
  });
  expect(await twinctl("archive", "verify")).toMatchObject({
    code: 0,
    result: { ok: true, parts: [{ damage: null }] },
  });
  const kept = `${org_id}/${month}/documents-2.parquet`;
  flip(kept);
  expect(await twinctl("archive", "verify", "--month", month)).toMatchObject({
    code: 1,
    said: expect.stringContaining(kept),
    result: { ok: false, parts: [{ month, damage: expect.stringContaining(kept) }] },
  });
  expect(await twinctl("archive", "restore", "--month", month)).toMatchObject({
    code: 1,
    said: expect.stringContaining(kept),
    result: { error: expect.stringContaining(kept) },
  });
  expect(await count("restored.activities")).toBe(0);
  expect((await twinctl("archive", "ls")).said).toContain(kept);
  flip(kept);
  expect((await twinctl("archive", "verify")).code).toBe(0);
  expect(await twinctl("archive", "restore", "--month", month)).toMatchObject({
    code: 0,
    said: expect.stringContaining(`5 activities of ${month} are there again`),
    result: { month, activities: 5 },
  });
  expect(await count("restored.activities")).toBe(5);
  expect((await runTwinctl(env(), ["archive", "restore", "--org", "old", "--month", "2020-01"])).code).toBe(1);
  expect((await runTwinctl(env(), ["archive", "verify", "--org", "old", "--month", "soon"])).code).toBe(2);

  // The same as jobs: dropped, restored, read back, and gone when its time is over.
  const restored = async () => (await listArchives(db, actor)).months[0]!.restoration?.status;
  await requestDropRestored(db, actor, { month });
  await drained(db);
  expect([await restored(), await count("restored.activities")]).toEqual([undefined, 0]);
  await requestRestore(db, actor, { month }, { now: new Date() });
  await drained(db);
  expect([await restored(), await count("restored.activities")]).toEqual(["done", 5]);
  flip(kept);
  await requestVerify(db, actor, { month });
  await drained(db);
  expect((await listArchives(db, actor)).months[0]!.damage).toContain(kept);
  await enqueueJob(db, systemOf(0), "archives/expire", {});
  await drained(db);
  expect(await restored()).toBe("done");
  await database.pool.query("update restorations set expires_at = now()");
  await enqueueJob(db, systemOf(0), "archives/expire", {});
  await drained(db);
  expect([await restored(), await count("restored.activities")]).toEqual([undefined, 0]);
  expect((await listJobs(db, systemOf(0))).filter(({ state }) => state === "failed")).toEqual([]);
}, 300_000);
