import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunOptions, type RunOutcome, runLifecycle } from "@twin/db/lifecycle/run";
import { useDatabase } from "@twin/db/test/database";
import { type Sender, useApplication } from "@twin/db/test/ingesting";
import { hold, keep, liftHolds } from "@twin/db/test/lifecycle";
import { afterAll, expect, test, vi } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { allRows, archivedRows, days, later, liveRows, makeHistory } from "./history.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-gate-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

/** A history is made and aged for each test. */
vi.setConfig({ testTimeout: 120_000 });

const make = () => makeHistory(application.db, database.pool);
const run = ({ org_id }: Sender, options: Partial<RunOptions> = {}) =>
  runLifecycle(application.db, systemOf(org_id), { now: later, archive, ...options });
const gateOf = (steps: RunOutcome["steps"]) => steps.find(({ data_type }) => data_type === "activities");
const live = ({ org_id }: Sender) => liveRows(application.db, org_id);
const archived = ({ org_id }: Sender) => archivedRows(application.db, archive, org_id);
const all = ({ org_id }: Sender) => allRows(application.db, archive, org_id);
const partsOf = async ({ org_id }: Sender) =>
  (
    await database.pool.query(
      `select to_char(month, 'YYYY-MM') as month, seq, status, damage, activity_count::int, left_out_count::int
       from archive_parts where org_id = $1 order by 1, seq`,
      [org_id],
    )
  ).rows;

test("what is due is archived, read back and deleted; the rest stays, and together they are what was", async () => {
  const [sender, other] = [await make(), await make()];
  const [before, othersBefore] = [await live(sender), await live(other)];
  const outcome = await run(sender);
  expect(gateOf(outcome.steps)).toEqual({
    data_type: "activities",
    status: "done",
  });
  const kept = await live(sender);
  expect(kept["activities"]).toHaveLength(4);
  expect(kept["feature_events"]).toHaveLength(1);
  expect((await archived(sender))["messages"]).toHaveLength(25);
  expect(await all(sender)).toEqual(before);
  expect(await live(other)).toEqual(othersBefore);
});

test("days fall due one by one: a month becomes several parts, which together are the month", async () => {
  const sender = await make();
  const before = await live(sender);
  await run(sender, { now: new Date("2026-07-30T12:00:00Z") });
  expect(await partsOf(sender)).toMatchObject([{ seq: 1, activity_count: 4, status: "purged" }]);
  await run(sender, { now: new Date("2026-08-05T12:00:00Z") });
  await run(sender);
  expect((await partsOf(sender)).map(({ seq, activity_count }) => [seq, activity_count])).toEqual([
    [1, 4],
    [2, 4],
    [1, 4],
    [2, 4],
    [1, 4],
  ]);
  expect(await all(sender)).toEqual(before);
});

test("a conversation with a younger message stays with all that hangs on it, and goes when that is old too", async () => {
  const sender = await make();
  const records = [
    {
      type: "message",
      conversation: `plain-${days[0]}`,
      external_id: "young",
      sender_type: "user",
      user: "u2",
      created_at: "2026-03-19T08:00:00Z",
    },
  ];
  expect((await sender.send(records, { now: new Date("2026-03-20T13:00:00Z") })).accepted).toBe(1);
  const before = await live(sender);
  await run(sender);
  expect((await live(sender))["messages"]!.length).toBe(5 + 3);
  expect(await all(sender)).toEqual(before);
  await run(sender, { now: new Date("2026-10-20T12:00:00Z") });
  expect(Object.values(await live(sender)).flat()).toEqual([]);
  expect(await all(sender)).toEqual(before);
});

test("a conversation whose messages went to a summary before still ages by the last of them", async () => {
  const sender = await make();
  await keep(database.pool, sender.org_id, "messages", 30);
  const young = {
    type: "message",
    conversation: `plain-${days[0]}`,
    external_id: "young",
    sender_type: "user",
    created_at: "2026-03-19T08:00:00Z",
  };
  expect((await sender.send([young], { now: new Date("2026-03-20T13:00:00Z") })).accepted).toBe(1);
  const summarise: RunOptions["summarise"] = () => Promise.resolve({ text: "They talked.", model: null });
  await run(sender, { now: new Date("2026-05-20T12:00:00Z"), summarise });
  expect((await live(sender))["messages"]).toEqual([]);
  await run(sender, { summarise });
  expect((await live(sender))["activities"]).toHaveLength(4 + 1);
  await run(sender, { now: new Date("2026-10-20T12:00:00Z"), summarise });
  expect((await live(sender))["activities"]).toEqual([]);
});

test("no archive, no purge: the run refuses with what to do about it", async () => {
  const sender = await make();
  const before = await live(sender);
  const { steps } = await run(sender, { archive: null });
  expect(gateOf(steps)).toMatchObject({
    status: "refused",
    reason: expect.stringContaining("ARCHIVE_DIR"),
  });
  expect(await live(sender)).toEqual(before);
});

/** Does something when the gate first comes to a place. */
const at = (place: string, act: () => unknown) => {
  let done = false;
  return async (reached: string) => {
    if (reached !== place || done) return;
    done = true;
    await act();
  };
};

const damage: [string, (file: string) => void][] = [
  ["a flipped byte", (file) => writeFileSync(file, flipped(readFileSync(file)))],
  ["half of it", (file) => writeFileSync(file, readFileSync(file).subarray(0, 100))],
  ["no file", (file) => rmSync(file)],
];
const flipped = (bytes: Buffer): Buffer => {
  bytes[bytes.length >> 1]! ^= 1;
  return bytes;
};

test.each(damage)(
  "%s in the archive: nothing is deleted, the file is named, and the next run archives anew",
  async (_, spoil) => {
    const sender = await make();
    const before = await live(sender);
    for (const [place, name] of [
      ["archive:written", "messages-1.parquet"],
      ["archive:verified", "documents-2.parquet"],
      ["archive:written", "manifest-3.json"],
    ] as const) {
      const path = `${sender.org_id}/2026-01/${name}`;
      const { steps } = await run(sender, { reached: at(place, () => spoil(join(folder, path))) });
      expect(gateOf(steps)).toMatchObject({ status: "refused", reason: expect.stringContaining(path) });
      expect(await live(sender)).toEqual(before);
      expect((await partsOf(sender)).at(-1)).toMatchObject({ damage: expect.stringContaining(path) });
    }
    await run(sender);
    expect(await all(sender)).toEqual(before);
    expect((await live(sender))["activities"]).toHaveLength(4);
  },
  60_000,
);

test("damaged after the first batch was deleted, the rest stays, until the file is put back", async () => {
  const sender = await make();
  const before = await live(sender);
  await expect(
    run(sender, { reached: at("archive:batch-committed", () => Promise.reject(new Error("cut off"))) }),
  ).rejects.toThrow();
  const file = join(folder, `${sender.org_id}/2026-01/activities-1.parquet`);
  const whole = readFileSync(file);
  writeFileSync(file, flipped(Buffer.from(whole)));
  const { steps } = await run(sender);
  expect(gateOf(steps)).toMatchObject({
    status: "refused",
    reason: expect.stringContaining("nothing more of 2026-01"),
  });
  writeFileSync(file, whole);
  await run(sender);
  expect(await all(sender)).toEqual(before);
});

test("a policy that became longer, or a hold that came, between archive and purge is obeyed, and the files go", async () => {
  const sender = await make();
  const before = await live(sender);
  const changes = [
    () => keep(database.pool, sender.org_id, "activities", 1, "year"),
    () => hold(database.pool, sender.org_id),
  ];
  for (const change of changes) {
    await run(sender, { reached: at("archive:verified", change) });
    expect((await partsOf(sender)).at(-1)).toMatchObject({ month: "2026-01", status: "abandoned" });
    expect(readdirSync(join(folder, String(sender.org_id), "2026-01"))).toEqual([]);
    expect(await live(sender)).toEqual(before);
    await liftHolds(database.pool, sender.org_id);
    await keep(database.pool, sender.org_id, "activities", 180);
  }
  // Mike asked Sarah's twin once a day, and his messages and feature events are his.
  await hold(database.pool, sender.org_id, "mike.johnson@acme.example");
  await run(sender);
  expect((await live(sender))["activities"]).toHaveLength(4 + 5);
  expect((await live(sender))["feature_events"]).toHaveLength(6);
  expect(await all(sender)).toEqual(before);
});

test("what is held, changed or erased once a part is being purged is left out of it, and nothing is lost or doubled", async () => {
  const sender = await make();
  const [sarah] = (
    await database.pool.query("select id, org_id from users where org_id = $1 order by n", [sender.org_id])
  ).rows;
  // More than one batch, all in one month.
  const { rows } = await database.pool.query<{ id: string }>(
    `with a as (
       insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
       select $1, uuid_floor(t), $2, (select id from twins where org_id = $1 and user_id = $2), 'conversation', t, 'web'
       from generate_series(timestamptz '2026-01-31T00:00:00Z', '2026-01-31T00:19:59Z', '1 second') t returning id
     ), c as (insert into conversations (org_id, activity_id, title) select $1, id, 'Talk' from a returning activity_id)
     select activity_id as id from c order by 1`,
    [sender.org_id, sarah.id],
  );
  const before = await live(sender);
  const late = rows.slice(1_100).map(({ id }) => id);
  await run(sender, {
    reached: at("archive:batch-committed", async () => {
      await database.pool.query("update conversations set title = 'Changed' where org_id = $1 and activity_id = $2", [
        sender.org_id,
        late[0],
      ]);
      await database.pool.query("delete from activities where org_id = $1 and id = $2", [sender.org_id, late[1]]);
    }),
  });
  const [part] = await partsOf(sender);
  expect(part).toMatchObject({ month: "2026-01", status: "purged", activity_count: 1_208, left_out_count: 2 });
  const after = await all(sender);
  const of = (list: string[], id: string) => list.filter((line) => line.startsWith(id));
  const conversations = before["conversations"]!;
  expect(after["activities"]).toEqual(before["activities"]!.filter((line) => !line.startsWith(late[1]!)));
  expect(after["conversations"]).toHaveLength(conversations.length - 1);
  expect(of(after["conversations"]!, late[0]!)).not.toEqual(of(conversations, late[0]!));
  expect((await live(sender))["activities"]).toHaveLength(4 + 1);
  // The one that changed is due once more: as it is now it goes into another part.
  await run(sender);
  expect((await live(sender))["activities"]).toHaveLength(4);
  expect(await all(sender)).toEqual(after);
});

test("once a part is being purged, a hold or a longer policy keeps its rest", async () => {
  for (const change of [
    hold,
    (pool: typeof database.pool, org_id: number) => keep(pool, org_id, "activities", 1, "year"),
  ]) {
    const sender = await make();
    const before = await live(sender);
    const { rows } = await database.pool.query(
      `with a as (
         insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
         select $1, uuid_floor(s), u.id, (select id from twins where org_id = $1 limit 1), 'shared', s, 'web'
         from generate_series(timestamptz '2026-01-31T00:00:00Z', '2026-01-31T00:19:59Z', '1 second') s, users u
         where u.org_id = $1 and u.n = 1 returning id
       ) select count(*)::int as added from a`,
      [sender.org_id],
    );
    expect(rows).toEqual([{ added: 1_200 }]);
    const was = await live(sender);
    await run(sender, { reached: at("archive:batch-committed", () => change(database.pool, sender.org_id)) });
    expect(await partsOf(sender)).toMatchObject([{ activity_count: 1_208, left_out_count: 209, status: "purged" }]);
    expect((await live(sender))["activities"]).toHaveLength(before["activities"]!.length + 1_200 - 1_000);
    expect(await all(sender)).toEqual(was);
  }
});

test("a run that lost its part to another one deletes nothing by it", async () => {
  const sender = await make();
  const before = await live(sender);
  const steal = () =>
    database.pool.query("update archive_parts set run_id = gen_random_uuid() where org_id = $1", [sender.org_id]);
  await expect(run(sender, { reached: at("archive:verified", steal) })).rejects.toThrow("another run has taken over");
  expect(await live(sender)).toEqual(before);
  await run(sender);
  expect(await all(sender)).toEqual(before);
});
