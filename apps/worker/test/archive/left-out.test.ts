import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { archivedTables } from "@twin/db/archives/shape";
import { type RunOptions, runLifecycle } from "@twin/db/lifecycle/run";
import { useDatabase } from "@twin/db/test/database";
import { makeSender, people, type Sender, useApplication } from "@twin/db/test/ingesting";
import { hold, keep, liftHolds } from "@twin/db/test/lifecycle";
import { waitsFor } from "@twin/db/test/waiting";
import { afterAll, expect, test, vi } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { later, makeHistory, told } from "./history.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-left-out-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));
vi.setConfig({ testTimeout: 120_000 });

const month = "2026-01";
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;
const run = ({ org_id }: Sender, options: Partial<RunOptions> = {}) =>
  runLifecycle(application.db, systemOf(org_id), { now: later, archive, ...options });
const restore = async ({ org_id }: Sender) => {
  await requestRestore(application.db, systemOf(org_id), { month }, { now: later, isQueued: false });
  return restoreMonth(application.db, systemOf(org_id), archive, { month, now: later, takeErased: takeFromRestored });
};
const listed = async ({ org_id }: Sender) => (await listArchives(application.db, systemOf(org_id))).months;
const statuses = async ({ org_id }: Sender) =>
  (await read("select status from archive_parts where org_id = $1 order by month, seq", org_id)).map(
    ({ status }) => status,
  );
const once = (place: string, act: () => unknown) => {
  let done = false;
  return async (reached: string) => {
    if (reached !== place || done) return;
    done = true;
    await act();
  };
};
const cut = () => Promise.reject(new Error("cut off"));

/** Two days of January. */
const makeJanuary = () => makeHistory(application.db, database.pool, ["2026-01-30", "2026-01-31"]);
/** Before the other activities of a day, so many that they are a batch of their own. */
async function addMany({ org_id }: Sender, day = "2026-01-31"): Promise<void> {
  await read(
    `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
     select $1, uuid_floor(s), u.id, (select id from twins where org_id = $1 and user_id = u.id), 'shared', s, 'web'
     from generate_series($2::timestamptz, $2::timestamptz + interval '1199 seconds', '1 second') s, users u where u.org_id = $1 and u.n = 1`,
    org_id,
    `${day}T00:00:00Z`,
  );
}
/** Every row, live and restored, as PostgreSQL writes it; a row that is in both stands there twice. */
async function rowsOf({ org_id }: Sender, ...schemas: string[]): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const { name } of archivedTables) {
    const texts = schemas.map(
      (schema) => `select (to_jsonb(t) - 'search')::text as row from ${schema}.${name} t where org_id = $1`,
    );
    all[name] = (await read(`${texts.join(" union all ")} order by 1`, org_id)).map(({ row }) => row);
  }
  return all;
}
const both = (sender: Sender) => rowsOf(sender, "public", "restored");

test("a message that changed after it was archived isn't deleted; the next run archives it as it is", async () => {
  const sender = await makeJanuary();
  const change = () =>
    read(
      `update messages set edited_at = '2026-02-01 04:07:11.4711Z' where org_id = $1 and id = (select max(id::text)::uuid from messages where org_id = $1)`,
      sender.org_id,
    );
  await run(sender, { reached: once("archive:verified", change) });
  const changed = (rows: string[]) => rows.filter((row) => row.includes("11.4711"));
  const before = await rowsOf(sender, "public");
  expect(changed(before["messages"]!)).toHaveLength(1);
  // Nothing of its part was deleted yet: the whole of it is given up.
  expect(await statuses(sender)).toEqual(["abandoned"]);
  await run(sender);
  expect((await rowsOf(sender, "public"))["messages"]).toEqual([]);
  await restore(sender);
  expect(await both(sender)).toEqual(before);
});

test("a policy that became longer before anything of a part is deleted has the whole of it given up", async () => {
  const sender = await makeJanuary();
  await addMany(sender, "2026-01-30");
  // The first batch is old enough all the same, the second one isn't.
  const longer = () => keep(database.pool, sender.org_id, "activities", 222);
  await run(sender, { reached: once("archive:verified", longer) });
  expect(await statuses(sender)).toEqual(["abandoned"]);
  expect((await rowsOf(sender, "public"))["activities"]).toHaveLength(1_208);
});

test("activities and features that are held meanwhile stay live, and a restored month doesn't bring them beside that", async () => {
  const sender = await makeJanuary();
  await addMany(sender);
  const before = await rowsOf(sender, "public");
  await run(sender, {
    reached: once("archive:batch-committed", () => hold(database.pool, sender.org_id, "mike.johnson@acme.example")),
  });
  const live = await rowsOf(sender, "public");
  expect([live["activities"]!.length, live["feature_events"]!.length]).toEqual([1, 1]);
  await restore(sender);
  expect(await both(sender)).toEqual(before);
  // What stayed goes on: another part holds it as it is by then.
  await liftHolds(database.pool, sender.org_id);
  await read("update feature_events set count = 4711 where org_id = $1", sender.org_id);
  const changed = await both(sender);
  await run(sender);
  expect((await rowsOf(sender, "public"))["activities"]).toEqual([]);
  await restore(sender);
  expect(await both(sender)).toEqual(changed);
});

test("a month that is purged half-way is restored as far as it is, beside what is live, and whole when it is through", async () => {
  const sender = await makeJanuary();
  await addMany(sender);
  const before = await rowsOf(sender, "public");
  await expect(run(sender, { reached: once("archive:batch-committed", cut) })).rejects.toThrow("cut off");
  expect(await statuses(sender)).toEqual(["purging"]);
  expect((await restore(sender)).activities).toBe(1_000);
  expect(await both(sender)).toEqual(before);
  await read(
    "update conversations set title = 'Changed' where org_id = $1 and activity_id = (select max(activity_id::text)::uuid from conversations where org_id = $1)",
    sender.org_id,
  );
  const changed = await both(sender);
  await run(sender);
  // What changed is left out of the first part and due for another one.
  expect(await listed(sender)).toMatchObject([{ parts: 2, activities: 1_208, is_complete: true }]);
  expect((await rowsOf(sender, "public"))["activities"]).toEqual([]);
  await restore(sender);
  expect(await both(sender)).toEqual(changed);
});

test.each(["archive:file-begun", "archive:written", "archive:verified"])(
  "a part that was cut off at %s is no archive yet, and the next run deals with it",
  async (place) => {
    const sender = await makeJanuary();
    await expect(run(sender, { reached: once(place, cut) })).rejects.toThrow("cut off");
    expect(await listed(sender)).toEqual([]);
    await run(sender);
    expect(await statuses(sender)).toEqual(place === "archive:file-begun" ? ["abandoned", "purged"] : ["purged"]);
    expect(await listed(sender)).toMatchObject([{ month, activities: 8 }]);
  },
);

test("with what goes go its senders' names, and months that were purged are noted", async () => {
  const sender = await makeJanuary();
  const named = { type: "feature", external_id: "named", user: "u2", feature_name: "calendar_lookup" };
  expect((await sender.send([{ ...named, used_at: "2026-01-30T12:00:00Z" }], { now: told })).accepted).toBe(1);
  const names = () =>
    read(
      "select kind, count(*)::int as names from external_ids where org_id = $1 and kind in ('activity', 'feature') group by 1 order by 1",
      sender.org_id,
    );
  expect(await names()).toEqual([
    { kind: "activity", names: 8 },
    { kind: "feature", names: 1 },
  ]);
  await run(sender);
  expect(await names()).toEqual([]);
  const [noted] = await read(
    "select purged_before > '2026-02-01' as past from organizations where id = $1",
    sender.org_id,
  );
  expect(noted).toEqual({ past: true });
});

test("a twin whose owner was erased since comes back without one", async () => {
  const sender = await makeSender(application.db);
  for (const type of ["activities", "messages"] as const) await keep(database.pool, sender.org_id, type, 180);
  const asked = {
    type: "activity",
    external_id: "asked",
    user: "u2",
    twin: "t1",
    activity_type: "shared",
    started_at: "2026-01-30T09:00:00Z",
    platform: "web",
    shared: { interaction_purpose: "to ask" },
  };
  expect((await sender.send([...people, asked], { now: told })).rejected).toEqual([]);
  await run(sender);
  const erased = "select id from users where org_id = $1 and email = 'sarah.chen@acme.example'";
  // Nothing of theirs but the twin is in the month.
  await read(`update twins set user_id = null where org_id = $1 and user_id = (${erased})`, sender.org_id);
  await read(`delete from users where org_id = $1 and id = (${erased})`, sender.org_id);
  await restore(sender);
  expect(
    await read(
      "select twin_owner_id, interaction_purpose from restored.shared_twin_interactions where org_id = $1",
      sender.org_id,
    ),
  ).toEqual([{ twin_owner_id: null, interaction_purpose: "to ask" }]);
});

test("whoever is erased while a restore is about to begin with them is gone from what it brings back", async () => {
  const sender = await makeJanuary();
  await run(sender);
  const erased = "delete from users where org_id = $1 and n = 2";
  const waits = await waitsFor(database, erased, [sender.org_id], () => restore(sender), { end: "commit", waiting: 1 });
  expect(waits).toBe(true);
  expect(await read("select from restored.feature_events where org_id = $1", sender.org_id)).toEqual([]);
  expect(await read("select from restored.activities where org_id = $1", sender.org_id)).toHaveLength(8);
});

test("a summary of several people's words comes back as it was, while they are there", async () => {
  const sender = await makeJanuary();
  // Only Mike's conversations are left, in which Sarah wrote.
  await read(
    "delete from activities a using users u where a.org_id = $1 and u.org_id = $1 and u.id = a.user_id and u.n = 1",
    sender.org_id,
  );
  await keep(database.pool, sender.org_id, "messages", 30);
  const summarise: RunOptions["summarise"] = () => Promise.resolve({ text: "They talked.", model: null });
  await run(sender, { now: new Date("2026-05-20T12:00:00Z"), summarise });
  const before = await rowsOf(sender, "public");
  expect(before["conversations"]!.filter((row) => /"summary_author_ids": \["/.test(row))).toHaveLength(2);
  await run(sender);
  expect((await rowsOf(sender, "public"))["conversations"]).toEqual([]);
  await restore(sender);
  expect(await both(sender)).toEqual(before);
});

test("a month that is to be dropped isn't restored by a job that comes late", async () => {
  const sender = await makeJanuary();
  await run(sender);
  await restore(sender);
  await read("delete from restored.activities where org_id = $1", sender.org_id);
  await read("update restorations set status = 'dropping' where org_id = $1", sender.org_id);
  const late = restoreMonth(application.db, systemOf(sender.org_id), archive, {
    month,
    now: later,
    takeErased: takeFromRestored,
  });
  expect(await late).toEqual({ activities: 0, rows: 0 });
  expect(await read("select status from restorations where org_id = $1", sender.org_id)).toEqual([
    { status: "dropping" },
  ]);
  expect(await read("select from restored.activities where org_id = $1", sender.org_id)).toEqual([]);
});

test("a run that lost its part to another one leaves its files alone, also where it would give it up", async () => {
  const sender = await makeJanuary();
  const files = () => readdirSync(join(folder, String(sender.org_id), month));
  const lose = async () => {
    await read("update archive_parts set run_id = gen_random_uuid() where org_id = $1", sender.org_id);
    await hold(database.pool, sender.org_id, "mike.johnson@acme.example");
  };
  await expect(run(sender, { reached: once("archive:verified", lose) })).rejects.toThrow("another run has taken over");
  expect(files().length).toBeGreaterThan(5);
  await liftHolds(database.pool, sender.org_id);
  const before = await rowsOf(sender, "public");
  await run(sender);
  await restore(sender);
  expect(await both(sender)).toEqual(before);
});
