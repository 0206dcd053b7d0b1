import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import { archivedTables } from "@twin/db/archives/shape";
import { type RunOptions, runLifecycle } from "@twin/db/lifecycle/run";
import { useDatabase } from "@twin/db/test/database";
import { makeSender, people, type Sender, useApplication } from "@twin/db/test/ingesting";
import { hold, keep, liftHolds, system } from "@twin/db/test/lifecycle";
import { waitsFor } from "@twin/db/test/waiting";
import { afterAll, expect, test, vi } from "vitest";
import { archiveIn } from "../../src/archive/archive.ts";
import { folderBlobs } from "../../src/archive/folder.ts";
import { later, makeHistory, told } from "./history.ts";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-left-out-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));
vi.setConfig({ testTimeout: 120_000 });

const month = "2026-01";
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;
const run = ({ org_id }: Sender, options: Partial<RunOptions> = {}) =>
  runLifecycle(application.db, system(org_id), { now: later, archive, ...options });
const restore = async ({ org_id }: Sender) => {
  await requestRestore(application.db, system(org_id), { month }, { now: later, isQueued: false });
  return restoreMonth(application.db, system(org_id), archive, { month, now: later });
};
const listed = async ({ org_id }: Sender) => (await listArchives(application.db, system(org_id))).months;
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
/** Before the activities of the second day, so many that it is a batch of its own. */
async function addMany({ org_id }: Sender): Promise<void> {
  await read(
    `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
     select $1, uuid_floor(s), u.id, (select id from twins where org_id = $1 and user_id = u.id), 'shared', s, 'web'
     from generate_series(timestamptz '2026-01-31T00:00:00Z', '2026-01-31T00:19:59Z', '1 second') s, users u where u.org_id = $1 and u.n = 1`,
    org_id,
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
      `update messages set token_count = 4711 where org_id = $1 and id = (select max(id::text)::uuid from messages where org_id = $1)`,
      sender.org_id,
    );
  await run(sender, { reached: once("archive:verified", change) });
  const changed = (rows: string[]) => rows.filter((row) => row.includes("4711"));
  const before = await rowsOf(sender, "public");
  expect(changed(before["messages"]!)).toHaveLength(1);
  await run(sender);
  expect((await rowsOf(sender, "public"))["messages"]).toEqual([]);
  await restore(sender);
  expect(await both(sender)).toEqual(before);
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

test("a restore keeps whom it finds from being erased before it is through: an erasure at work is waited for", async () => {
  const sender = await makeJanuary();
  await run(sender);
  const erasing = "select from users where org_id = $1 and n = 2 for update";
  expect(await waitsFor(database, erasing, [sender.org_id], () => restore(sender))).toBe(true);
});
