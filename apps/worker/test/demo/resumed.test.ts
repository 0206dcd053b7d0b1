import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { addMember } from "@twin/db/access/accounts";
import { createKey } from "@twin/db/access/keys";
import { makeDemonstration } from "@twin/db/demonstration/make";
import { removeDemonstration, takeDemonstration } from "@twin/db/demonstration/remove";
import { markDemonstrationFilled } from "@twin/db/demonstration/resume";
import { beginJobRun } from "@twin/db/jobs/record";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { inTenant } from "@twin/db/tenancy/actor";
import { systemOf } from "@twin/db/test/actors";
import { canaryRecords } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { afterAll, expect, test } from "vitest";
import { demoSlug, ensureDemo } from "../../src/demo/ensure.ts";
import type { TaskContext } from "../../src/task.ts";
import resume from "../../src/tasks/demo/resume.ts";
import { useOwners } from "./owners.ts";

const database = useDatabase();
const app = useApplication(database);
const { makeOwner, makeDemo } = useOwners(database, app);
const folder = mkdtempSync(join(tmpdir(), "twin-resumed-demo-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const now = new Date("2026-10-10T12:00:00Z");
const name = { name: "Acme Corp" };

/** The jobs of an organisation, and how often each was tried. */
async function jobsOf(org_id: number): Promise<{ task: string; attempts: number }[]> {
  const { rows } = await database.pool.query(
    `select t.identifier as task, j.attempts::int from graphile_worker._private_jobs j
     join graphile_worker._private_tasks t on t.id = j.task_id where j.payload ->> 'org_id' = $1 order by 1`,
    [String(org_id)],
  );
  return rows;
}
const failForGood = (org_id: number) =>
  database.pool.query(
    "update graphile_worker._private_jobs set attempts = max_attempts where payload ->> 'org_id' = $1",
    [String(org_id)],
  );
const night = () =>
  resume({}, {
    db: app.db,
    actor: systemOf(0),
    env: { demo: false },
    signal: new AbortController().signal,
  } as unknown as TaskContext);
const removedNotes = async (org_id: number) =>
  (await database.pool.query("select from audit_log where org_id = $1 and action = 'demonstration.remove'", [org_id]))
    .rowCount;
const exists = async (org_id: number) =>
  (await database.pool.query("select from auth.organizations where id = $1", [org_id])).rowCount === 1;
const takeAll = (org_id: number) => takeDemonstration(app.db, systemOf(org_id), { now, archive: null });

test("a fill that failed for good begins anew for whoever asks again, and at night, until the history is whole", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  const waiting = [{ task: "demo/fill", attempts: 0 }];
  await failForGood(demo);
  expect(await jobsOf(demo)).toEqual([{ task: "demo/fill", attempts: 3 }]);
  await makeDemonstration(app.db, owner);
  expect(await jobsOf(demo)).toEqual(waiting);
  await failForGood(demo);
  await night();
  expect(await jobsOf(demo)).toEqual(waiting);

  await database.pool.query("delete from graphile_worker._private_jobs where payload ->> 'org_id' = $1", [
    String(demo),
  ]);
  await markDemonstrationFilled(app.db, systemOf(demo), now);
  await makeDemonstration(app.db, owner);
  await night();
  expect(await jobsOf(demo)).toEqual([]);
});

test("a removal that failed for good is taken up again at night", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  await removeDemonstration(app.db, { ...owner, org_id: demo }, name);
  await failForGood(demo);
  await night();
  expect(await jobsOf(demo)).toContainEqual({ task: "demo/remove", attempts: 0 });
});

test("whoever removes it, the organisation that asked for it keeps the note, once of two at once", async () => {
  const [asking, guest] = [await makeOwner(), await makeOwner()];
  const demo = await makeDemo(asking.owner);
  await addMember(app.db, systemOf(demo), { email: guest.email, role: "owner" });
  const remove = () => removeDemonstration(app.db, { ...guest.owner, org_id: demo }, name);
  await Promise.all([remove(), remove()]);
  expect([await removedNotes(asking.org_id), await removedNotes(guest.org_id)]).toEqual([1, 0]);
});

test("an organisation makes one demonstration at a time, and five in an hour", async () => {
  const { owner } = await makeOwner();
  for (let nth = 1; nth <= 5; nth++) {
    const demo = await makeDemo(owner);
    await removeDemonstration(app.db, { ...owner, org_id: demo }, name);
    if (nth === 3)
      await expect(makeDemonstration(app.db, owner)).rejects.toMatchObject({
        code: "TOO_MANY_REQUESTS",
        message: "the demonstration before this one is still being removed: try again in 15 seconds",
      });
    expect(await takeAll(demo)).toMatchObject({ status: "gone" });
  }
  await expect(makeDemonstration(app.db, owner)).rejects.toMatchObject({
    code: "TOO_MANY_REQUESTS",
    message: expect.stringMatching(
      /^an organisation makes at most 5 demonstrations an hour: try again in \d+ minutes$/,
    ),
  });
  // Others have a count of their own.
  expect(await makeDemo((await makeOwner()).owner)).toBeGreaterThan(0);
}, 60_000);

test("a step of a removal locks one table, and none where the organisation has no rows", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  const actor = systemOf(demo);
  const { records } = canaryRecords("2026-09-20T09:00:00Z", "");
  expect((await recordBatch(app.db, actor, { records }, { source: "demo", now })).rejected).toEqual([]);
  await removeDemonstration(app.db, { ...owner, org_id: demo }, name);
  const lockedBy = (place: string) =>
    inTenant(app.db, actor, async (tx) => {
      await tx.query({ text: "select remove_demonstration_rows($1, 1)", values: [place] });
      const locked = await tx.query<{ name: string }>({
        text: `select distinct c.oid::regclass::text as name from pg_locks l join pg_class c on c.oid = l.relation
          where l.pid = pg_backend_pid() and l.mode = 'RowExclusiveLock' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace`,
      });
      return locked.map((one) => one.name);
    });
  expect(await lockedBy("public.feature_events_2026_09")).toEqual(["feature_events_2026_09"]);
  expect(await lockedBy("public.feature_events_2026_08")).toEqual([]);
});

test("a run of policies at work is waited for, and leaves no file; one that begins later does nothing", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  const actor = systemOf(demo);
  const archive = archiveIn(folderBlobs(folder));
  const take = () => takeDemonstration(app.db, actor, { now, archive });
  const running = await database.pool.connect();
  await running.query("begin");
  await running.query("select pg_advisory_xact_lock(hashtext('twin: lifecycle'), $1)", [demo]);
  await removeDemonstration(app.db, { ...owner, org_id: demo }, name);
  expect(await take()).toMatchObject({ status: "waiting" });
  const file = join(folder, `${demo}/2026-03/activities-1.parquet`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "rows");
  await running.query(
    `insert into archive_parts (org_id, month, seq, cut, status, run_id, location, created_at)
     values ($1, '2026-03-01', 1, now(), 'verified', gen_random_uuid(), 'folder', now())`,
    [demo],
  );
  await running.query("commit");
  running.release();
  expect(await runLifecycle(app.db, actor, { now, archive })).toMatchObject({ seal: null, steps: [] });
  const started = { task: "lifecycle/apply", key: null, payload: {}, attempt: 1 };
  expect(await beginJobRun(app.db, actor, started, now)).toBeNull();
  expect(await take()).toMatchObject({ status: "gone" });
  expect(existsSync(file)).toBe(false);
});

test("who sends to a demonstration that is being removed, or is gone, is told so, and keys made meanwhile go with it", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  await removeDemonstration(app.db, { ...owner, org_id: demo }, name);
  const made = { name: "late", source: "late", scopes: ["ingest.write" as const] };
  await createKey(app.db, { ...owner, org_id: demo }, made, now);
  const { records } = canaryRecords("2026-09-20T09:00:00Z", "");
  const send = () => recordBatch(app.db, systemOf(demo), { records }, { source: "late", now });
  const refusal = { code: "NOT_FOUND", message: expect.stringContaining("this organisation is gone") };
  await expect(send()).rejects.toMatchObject(refusal);
  expect(await takeAll(demo)).toMatchObject({ status: "gone" });
  await expect(send()).rejects.toMatchObject(refusal);
  const { rowCount } = await database.pool.query("select from auth.api_keys where org_id = $1", [demo]);
  const { rowCount: notes } = await database.pool.query("select from audit_log where org_id = $1", [demo]);
  expect([rowCount, notes, await exists(demo)]).toEqual([0, 0, false]);
});

test("the demonstration of the start stays removed once an owner removed it", async () => {
  const first = async () =>
    (await database.pool.query("select id from auth.organizations where slug = $1", [demoSlug])).rows[0]?.id as
      | number
      | undefined;
  await ensureDemo(app.db);
  const demo = (await first())!;
  expect(await jobsOf(demo)).toEqual([{ task: "demo/fill", attempts: 0 }]);
  const guest = await makeOwner();
  await addMember(app.db, systemOf(demo), { email: guest.email, role: "owner" });
  await removeDemonstration(app.db, { ...guest.owner, org_id: demo }, name);
  await ensureDemo(app.db);
  expect(await first()).toBeUndefined();
  expect(await takeAll(demo)).toMatchObject({ status: "gone" });
  await ensureDemo(app.db);
  expect(await first()).toBeUndefined();
  expect(await removedNotes(guest.org_id)).toBe(1);
});
