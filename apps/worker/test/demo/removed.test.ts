import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { addMember } from "@twin/db/access/accounts";
import { createKey } from "@twin/db/access/keys";
import type { Member } from "@twin/db/access/viewer";
import { makeDemonstration } from "@twin/db/demonstration/make";
import { removeDemonstration, takeDemonstration } from "@twin/db/demonstration/remove";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { enqueueJob } from "@twin/db/jobs/enqueue";
import { beginJobRun } from "@twin/db/jobs/record";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { inTenant } from "@twin/db/tenancy/actor";
import { systemOf } from "@twin/db/test/actors";
import { canaryRecords } from "@twin/db/test/canary";
import { useDatabase } from "@twin/db/test/database";
import { useApplication } from "@twin/db/test/ingesting";
import { afterAll, expect, test } from "vitest";
import { fillDemo, trickleDemo } from "../../src/demo/fill.ts";
import { password, useOwners } from "./owners.ts";

const database = useDatabase();
const app = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-removed-demo-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = fileURLToPath(new URL("remove-once.ts", import.meta.url));

const now = new Date("2026-10-10T12:00:00Z");
const { makeOwner, makeDemo } = useOwners(database, app);

/** Something of every kind, with figures; two months of it. */
async function fill(org_id: number): Promise<void> {
  const actor = systemOf(org_id);
  for (const [begin, tag] of [
    ["2026-08-20T09:00:00Z", "-first"],
    ["2026-09-20T09:00:00Z", "-second"],
  ] as const) {
    const all = canaryRecords(begin, tag).records;
    const records = tag === "-first" ? all : all.filter(({ type }) => type === "activity" || type === "feature");
    expect((await recordBatch(app.db, actor, { records }, { source: "demo", now })).rejected).toEqual([]);
  }
  await rollupOrganization(app.db, actor, { now });
}

/** How many rows each table holds of each organisation. */
async function rowsOf(org_id: number): Promise<Record<string, number>> {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select c.oid::regclass::text as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
     where c.relkind = 'r' and n.nspname in ('public', 'restored', 'ops', 'auth') order by 1`,
  );
  const counts: Record<string, number> = {};
  for (const { name } of tables) {
    const { rows } = await database.pool.query(`select count(*)::int as n from ${name} where org_id = $1`, [org_id]);
    if (rows[0].n > 0) counts[name] = rows[0].n;
  }
  return counts;
}
const jobsOf = async (org_id: number): Promise<number> =>
  (
    await database.pool.query("select from graphile_worker._private_jobs where payload ->> 'org_id' = $1", [
      String(org_id),
    ])
  ).rowCount!;
const organizationsLeft = async (org_id: number) =>
  (
    await database.pool.query(
      "select id from organizations where id = $1 union all select id from auth.organizations where id = $1",
      [org_id],
    )
  ).rowCount;

async function removeUntil(org_id: number, place: string, times: number): Promise<NodeJS.Signals | number | null> {
  const words = [program, database.url, join(folder, "archive"), String(org_id), place, String(times)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "inherit", "inherit"] });
  const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  return signal ?? code;
}

test("an owner has one demonstration of their organisation, however often and at once they ask", async () => {
  const { owner, org_id } = await makeOwner();
  const [one, two] = await Promise.all([makeDemonstration(app.db, owner), makeDemonstration(app.db, owner)]);
  expect(two).toEqual(one);
  const { rows } = await database.pool.query(
    `select o.name, o.is_demo, m.role, m.account_id from auth.organizations o join auth.memberships m on m.org_id = o.id where o.demo_of = $1`,
    [org_id],
  );
  expect(rows).toEqual([{ name: "Acme Corp", is_demo: true, role: "owner", account_id: owner.account_id }]);
  const other = await makeOwner();
  expect(await makeDemonstration(app.db, other.owner)).not.toEqual(one);
  const demo = await makeDemo(owner);
  expect(await jobsOf(demo)).toBe(1);
  await expect(makeDemonstration(app.db, { ...owner, org_id: demo })).rejects.toMatchObject({ code: "CONFLICT" });
});

test("a removal that is killed again and again ends with nothing of it, and everything of the others", async () => {
  const asking = await makeOwner();
  const neighbour = await makeOwner();
  const [demo, theirs] = [await makeDemo(asking.owner), await makeDemo(neighbour.owner)];
  for (const org of [demo, theirs, asking.org_id]) await fill(org);
  const { key } = await createKey(
    app.db,
    { ...asking.owner, org_id: demo },
    { name: "k", source: "k", scopes: ["ingest.write"] },
    now,
  );
  expect(key).toBeTruthy();
  const file = join(folder, "archive", `${demo}/2026-03/activities-1.parquet`);
  for (const path of [file, file.replace(`/${demo}/`, `/${theirs}/`)]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, "rows");
  }
  for (const org of [demo, theirs])
    await database.pool.query(
      `insert into archive_parts (org_id, month, seq, cut, status, run_id, location, created_at)
       values ($1, '2026-03-01', 1, now(), 'verified', gen_random_uuid(), 'folder', now())`,
      [org],
    );
  const before = { theirs: await rowsOf(theirs), asking: await rowsOf(asking.org_id) };
  expect(Object.keys(before.theirs).length).toBeGreaterThan(25);

  await removeDemonstration(app.db, { ...asking.owner, org_id: demo }, { name: "Acme Corp" });
  for (const [place, times] of [
    ["demo:rows", 1],
    ["demo:rows", 5],
    ["demo:rows", 3],
    ["demo:files", 1],
    ["demo:gone", 1],
  ] as const)
    expect([place, await removeUntil(demo, place, times)]).toEqual([place, "SIGKILL"]);
  expect(await removeUntil(demo, "nowhere", 1)).toBe(0);

  expect(await rowsOf(demo)).toEqual({});
  expect([await jobsOf(demo), await organizationsLeft(demo), existsSync(file)]).toEqual([0, 0, false]);
  const { audit_log: audited, ...rest } = await rowsOf(asking.org_id);
  expect(rest).toEqual({ ...before.asking, audit_log: undefined } as never);
  expect(audited).toBe(before.asking["audit_log"]! + 1);
  expect(await rowsOf(theirs)).toEqual(before.theirs);
  expect(readdirSync(join(folder, "archive", String(theirs), "2026-03"))).toEqual(["activities-1.parquet"]);
  const { rows } = await database.pool.query(
    "select details from audit_log where org_id = $1 and action = 'demonstration.remove'",
    [asking.org_id],
  );
  expect(rows).toMatchObject([{ details: { name: "Acme Corp" } }]);
  // Another one can be asked for at once.
  expect(await makeDemo(asking.owner)).not.toBe(demo);
}, 180_000);

test("from the moment of the removal nobody enters it, and what fills it stops", async () => {
  const { owner } = await makeOwner();
  const demo = await makeDemo(owner);
  const actor = systemOf(demo);
  const guest = await makeOwner();
  await addMember(app.db, actor, { email: guest.email, role: "viewer" });
  await fill(demo);
  await removeDemonstration(app.db, { ...owner, org_id: demo }, { name: " Acme Corp " });
  const held = await database.pool.query(
    "select from auth.memberships where org_id = $1 union all select from auth.sessions where org_id = $1",
    [demo],
  );
  expect(held.rowCount).toBe(0);
  expect(guest.org_id).not.toBe(demo);
  const activities = (await rowsOf(demo))["activities_2026_09"];
  expect(activities).toBeGreaterThan(0);
  expect(await fillDemo(app.db, actor, new Date())).toBe(0);
  expect((await rowsOf(demo))["activities_2026_09"]).toBe(activities);

  // A job that still runs is waited for; one that begins afterwards leaves nothing.
  await enqueueJob(app.db, actor, "metrics/rollup", { org_id: demo });
  await database.pool.query(
    "update graphile_worker._private_jobs set locked_at = now(), locked_by = 'w' where payload ->> 'org_id' = $1",
    [String(demo)],
  );
  expect(await takeDemonstration(app.db, actor, { now, archive: null })).toMatchObject({ status: "waiting" });
  expect(await organizationsLeft(demo)).toBe(2);
  await database.pool.query("delete from graphile_worker._private_jobs where payload ->> 'org_id' = $1", [
    String(demo),
  ]);
  expect(await takeDemonstration(app.db, actor, { now, archive: null })).toMatchObject({ status: "gone" });
  const started = { task: "metrics/rollup", key: null, payload: {}, attempt: 1 };
  expect(await beginJobRun(app.db, actor, started, now)).toBeNull();
  await expect(trickleDemo(app.db, actor, now)).rejects.toThrow(/is gone/);
  expect(await rowsOf(demo)).toEqual({});
}, 120_000);

const takeUsers = "select remove_demonstration_rows('public.users', 1)";

test("only a demonstration goes, by its whole name, and by somebody who owns what stays", async () => {
  const { owner, org_id, name } = await makeOwner();
  const demo = await makeDemo(owner);
  const remove = (actor: Member, name: string) => removeDemonstration(app.db, actor, { name });
  await expect(remove(owner, name)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(remove({ ...owner, org_id: demo }, "acme")).rejects.toMatchObject({ code: "BAD_REQUEST", path: "name" });
  await addMember(app.db, systemOf(demo), { email: "stays@nowhere.example", role: "owner", password });
  const { rows } = await database.pool.query("select id from auth.accounts where email = 'stays@nowhere.example'");
  await expect(remove({ ...owner, org_id: demo, account_id: rows[0].id }, "Acme Corp")).rejects.toMatchObject({
    code: "CONFLICT",
  });
  // Nor does the database let a job take the rows of what isn't being removed, or of nobody.
  for (const org of [org_id, demo])
    for (const text of [takeUsers, "select end_demonstration_jobs()", "select remove_demonstration()"])
      await expect(inTenant(app.db, systemOf(org), (tx) => tx.query({ text }))).rejects.toMatchObject({
        code: "42501",
      });
  await expect(inTenant(app.db, owner, (tx) => tx.query({ text: takeUsers }))).rejects.toMatchObject({ code: "42501" });
});
