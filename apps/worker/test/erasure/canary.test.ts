import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { permissionsOf } from "@twin/contracts/vocabulary";
import type { Actor } from "@twin/db/tenancy/actor";
import { requestRestore } from "@twin/db/archives/restore";
import { requestVerify } from "@twin/db/archives/verify";
import { fetchExport } from "@twin/db/privacy/exports/fetch";
import { requestExport } from "@twin/db/privacy/exports/request";
import { listJobs, retryJob } from "@twin/db/jobs/queued";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { canary, canaryEmail, canaryRecords, everything, keysLeft, singing } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { askAtOnce } from "@twin/db/test/erasing";
import { makeSender, useApplication } from "@twin/db/test/ingesting";
import { keep } from "@twin/db/test/lifecycle";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { archivedText } from "../archive/canary.ts";
import { drained, startWorker, type Worker } from "../processes.ts";
import { unzip } from "../unzip.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-canary-"));
const archive = archiveIn(folderBlobs(join(folder, "archive")));
let worker: Worker | undefined;
afterAll(() => {
  worker?.child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

/** The middle of a month that is old enough. */
const begin = new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 9, 15, 9));
const ago = (days: number) => new Date(Date.now() - days * 86_400_000);

test("a worker archives, summarises, exports, restores, fails and erases, and nothing that it leaves behind names the person", async () => {
  const { db } = application;
  const { org_id, send } = await makeSender(db);
  for (const type of ["activities", "messages"] as const) await keep(database.pool, org_id, type, 180);
  await keep(database.pool, org_id, "sessions", 2, "year");
  const { records, at } = canaryRecords(begin.toISOString());
  expect((await send(records, { now: ago(10) })).rejected).toEqual([]);
  await rollupOrganization(db, systemOf(org_id), { now: ago(10) });
  const owner: Actor = {
    kind: "member",
    org_id,
    account_id: "00000000-0000-4000-8000-000000000001",
    name: "Owner",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "test",
  };
  const people = new Map(
    (await database.pool.query("select email, id from users where org_id = $1", [org_id])).rows.map((row) => [
      row.email as string,
      row.id as string,
    ]),
  );
  const person = people.get(canaryEmail)!;
  const copyOf = async (email: string) => {
    const { id } = await requestExport(db, owner, { user_id: people.get(email)! }, new Date());
    await drained(db);
    const parts: Buffer[] = [];
    for await (const part of (await fetchExport(db, owner, id, new Date())).chunks) parts.push(part);
    return [...(await unzip(Buffer.concat(parts)))].map(([name, text]) => `${name}: ${String(text)}`).join("\n");
  };
  const stored = async () =>
    `${await everything(database.url, db, org_id)}\n${await archivedText(db, archive, org_id, await keysLeft(db, org_id))}`;
  const others = ["ann@acme.example", "bob@acme.example", "cem@acme.example"];

  worker = await startWorker({
    DATABASE_URL: database.url,
    ARCHIVE_DIR: join(folder, "archive"),
    ERASURE_LEDGER: join(folder, "erasures.ndjson"),
  });
  const { child, told } = worker;
  for (const email of others) expect(singing(await copyOf(email))).toEqual([]);
  expect(singing(await copyOf(canaryEmail)).length).toBeGreaterThan(10);
  await startLifecycle(db, systemOf(org_id));
  await drained(db);
  // What was said lives on in summaries only; that of somebody else's conversation quotes them, too.
  expect((await database.pool.query("select from messages where org_id = $1", [org_id])).rowCount).toBe(0);
  expect(singing(await archivedText(db, archive, org_id, await keysLeft(db, org_id))).join()).toContain(
    `Asked: ${canary} butts in`,
  );

  const month = at(10).slice(0, 7);
  // A job that fails with a row's values in what the database says, and is done once it can be.
  await database.pool.query("alter table restored.conversations add constraint lucky check (title !~ 'Quetzalina')");
  await requestRestore(db, owner, { month }, { now: new Date() });
  await expect
    .poll(async () => (await listJobs(db, systemOf(0))).find(({ task }) => task === "archives/restore")?.last_error, {
      timeout: 30_000,
    })
    .toContain("lucky");
  await database.pool.query("alter table restored.conversations drop constraint lucky");
  await retryJob(
    db,
    systemOf(0),
    (await listJobs(db, systemOf(0))).find(({ task }) => task === "archives/restore")!.id,
  );
  await requestVerify(db, owner, {});
  await drained(db);
  const unfetched = await requestExport(db, owner, { user_id: person }, new Date());
  await drained(db);
  const restored = singing(await everything(database.url, db, org_id)).filter((line) => line.startsWith("restored"));
  expect(restored.length).toBeGreaterThan(5);

  await askAtOnce(db, org_id, person, canaryEmail, new Date());
  await drained(db);
  expect((await database.pool.query("select from users where id = $1", [person])).rowCount).toBe(0);
  expect(singing(await stored())).toEqual([]);
  await expect(fetchExport(db, owner, unfetched.id, new Date())).rejects.toMatchObject({ code: "NOT_FOUND" });
  for (const email of others) expect(singing(await copyOf(email))).toEqual([]);
  await send(records);
  await drained(db);
  expect(singing(await stored())).toEqual([]);

  for (const file of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (file.isFile()) expect(singing(readFileSync(join(file.parentPath, file.name), "latin1")), file.name).toEqual([]);
  child.kill("SIGTERM");
  await once(child, "exit");
  expect(told()).toContain("users/erase");
  expect(told()).toContain("lucky");
  expect(singing(told())).toEqual([]);
}, 240_000);
