import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dropRestored, expireRestorations, requestDropRestored } from "@twin/db/archives/drop-restored";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore, restoreMonth } from "@twin/db/archives/restore";
import type { Archive } from "@twin/db/archives/files";
import { archivedTables, type TableRow } from "@twin/db/archives/shape";
import { requestVerify, verifyArchives } from "@twin/db/archives/verify";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { rollupOrganization } from "@twin/db/figures/rollup";
import { useDatabase } from "@twin/db/test/database";
import { type Sender, useApplication } from "@twin/db/test/ingesting";
import { afterAll, expect, test, vi } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { days, later, makeHistory, told } from "./history.ts";
import { takeFromRestored } from "@twin/db/privacy/erasures/steps/restored";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-restore-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));

/** A history is made, aged and archived for each test. */
vi.setConfig({ testTimeout: 120_000 });

const months = ["2026-01", "2026-02", "2026-03"];

async function makePurged(): Promise<{ sender: Sender; before: Texts }> {
  const sender = await makeHistory(application.db, database.pool);
  const before = await texts(sender, "public");
  await runLifecycle(application.db, systemOf(sender.org_id), { now: later, archive });
  return { sender, before };
}
async function restore({ org_id }: Sender, month: string, now = later) {
  await requestRestore(application.db, systemOf(org_id), { month }, { now, isQueued: false });
  return restoreMonth(application.db, systemOf(org_id), archive, { month, now, takeErased: takeFromRestored });
}

/** Every column of every row as PostgreSQL writes it, but search vectors, which aren't archived. */
type Texts = Record<string, string[]>;
async function texts({ org_id }: Sender, ...schemas: string[]): Promise<Texts> {
  const all: Texts = {};
  for (const { name } of archivedTables) {
    const { rows } = await database.pool.query<{ row: string }>(
      `${schemas.map((schema) => `select (to_jsonb(t) - 'search')::text as row from ${schema}.${name} t where org_id = $1`).join(" union all ")} order by 1`,
      [org_id],
    );
    all[name] = rows.map(({ row }) => row);
  }
  return all;
}
const count = (all: Texts) => Object.values(all).reduce((sum, rows) => sum + rows.length, 0);

test("a restored month is byte for byte what was purged, beside what is live, and other tenants see none of it", async () => {
  const { sender, before } = await makePurged();
  const { months: listed } = await listArchives(application.db, systemOf(sender.org_id));
  expect(listed.map(({ month, activities, restoration }) => [month, activities, restoration])).toEqual([
    ["2026-01", 8, null],
    ["2026-02", 8, null],
    ["2026-03", 4, null],
  ]);
  for (const month of months) await restore(sender, month);
  // Once more changes nothing but when it ends.
  await restore(sender, "2026-01");
  expect(await texts(sender, "public", "restored")).toEqual(before);
  const after = await listArchives(application.db, systemOf(sender.org_id));
  expect(after.months[0]!.restoration).toMatchObject({
    status: "done",
    activities: 8,
    expires_at: "2026-10-10T12:00:00.000Z",
  });
  const { rows } = await database.pool.query(
    "select count(*)::int as found from restored.activities where org_id <> $1",
    [sender.org_id],
  );
  expect(rows).toEqual([{ found: 0 }]);
});

test("a conversation of many messages is archived, purged and restored a page at a time, and still byte for byte", async () => {
  const sender = await makeHistory(application.db, database.pool);
  const many = Array.from({ length: 50 }, (_, i) => ({
    type: "message",
    conversation: `plain-${days[0]}`,
    external_id: `many-${i}`,
    sender_type: i % 3 === 0 ? "twin" : "user",
    ...(i % 3 === 1 && { user: "u2" }),
    content: `Number ${i} ${"and so on ".repeat(i % 7)}`,
    // Some at the same millisecond.
    created_at: new Date(Date.parse(`${days[0]}T09:05:00Z`) + (i >> 1)).toISOString(),
  }));
  expect((await sender.send(many, { now: told })).rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now: told });
  const before = await texts(sender, "public");

  const most = { written: 0, read: 0 };
  const small = archiveIn(folderBlobs(folder), 3);
  const watched: Archive = {
    ...small,
    async create(path, table) {
      const writer = await small.create(path, table);
      const append = (rows: readonly TableRow[]) => {
        most.written = Math.max(most.written, rows.length);
        return writer.append(rows);
      };
      return { ...writer, append };
    },
    async open(path, table, facts) {
      const reader = await small.open(path, table, facts);
      async function* groups() {
        for await (const rows of reader.groups()) {
          most.read = Math.max(most.read, rows.length);
          yield rows;
        }
      }
      return { ...reader, groups };
    },
  };
  const actor = systemOf(sender.org_id);
  const pageSize = { rows: 4, bytes: 700 };
  await runLifecycle(application.db, actor, { now: later, archive: watched, pageSize });
  expect((await texts(sender, "public"))["activities"]).toHaveLength(4);
  expect(most).toEqual({ written: 4, read: 3 });
  for (const month of months) {
    await requestRestore(application.db, actor, { month }, { now: later, isQueued: false });
    await restoreMonth(application.db, actor, watched, { month, now: later, takeErased: takeFromRestored });
  }
  expect(await texts(sender, "public", "restored")).toEqual(before);
});

test("a restored month goes again when it is asked to, or when its time is over, and may come back", async () => {
  const { sender } = await makePurged();
  const actor = systemOf(sender.org_id);
  const live = await texts(sender, "public");
  for (const month of months) await restore(sender, month);
  await requestDropRestored(application.db, actor, { month: "2026-02" });
  await expect(restore(sender, "2026-02")).rejects.toThrow("2026-02 is being dropped");
  expect(await dropRestored(application.db, actor, { month: "2026-02" })).toBe(10);
  expect((await listArchives(application.db, actor)).months.map(({ restoration }) => restoration?.status)).toEqual([
    "done",
    undefined,
    "done",
  ]);
  expect(await expireRestorations(application.db, actor, new Date("2026-10-10T11:59:00Z"))).toBe(0);
  expect(await expireRestorations(application.db, actor, new Date("2026-10-10T12:00:00Z"))).toBe(2);
  for (const month of ["2026-01", "2026-03"]) await dropRestored(application.db, actor, { month });
  expect(count(await texts(sender, "restored"))).toBe(0);
  expect(await texts(sender, "public")).toEqual(live);
  expect(await restore(sender, "2026-02")).toMatchObject({ activities: 8 });
  await expect(restore(sender, "2026-05")).rejects.toThrow("nothing of 2026-05 is archived");
});

test("what an erasure took stays away: their rows go, a conversation passes to its next author, their words are empty", async () => {
  const { sender } = await makePurged();
  const { rows: people } = await database.pool.query<{ id: string }>(
    "select id from users where org_id = $1 order by n",
    [sender.org_id],
  );
  const [sarah, mike] = people.map(({ id }) => id) as [string, string];
  await database.pool.query("delete from users where org_id = $1 and id = $2", [sender.org_id, mike]);
  await restore(sender, "2026-02");
  const restored = async (text: string) => (await database.pool.query(text, [sender.org_id])).rows;
  expect(await restored("select distinct user_id from restored.activities where org_id = $1")).toEqual([
    { user_id: sarah },
  ]);
  expect(await restored("select 1 from restored.feature_events where org_id = $1")).toEqual([]);
  // It was about Sarah's own twin: what was somebody else's use of it is none any more.
  expect(await restored("select 1 from restored.shared_twin_interactions where org_id = $1")).toEqual([]);
  // Mike began it, Sarah's twin answered under his key, Sarah wrote the third.
  expect(
    await restored(
      `select m.sender_type, m.user_id, m.content is null as is_empty, c.title from restored.messages m
       join restored.conversations c on c.org_id = m.org_id and c.activity_id = m.conversation_id
       where m.org_id = $1 and m.created_at > '2026-02-01T09:05:00Z' and m.created_at < '2026-02-02' order by m.created_at`,
    ),
  ).toEqual([
    { sender_type: "user", user_id: null, is_empty: true, title: null },
    { sender_type: "twin", user_id: sarah, is_empty: true, title: null },
    { sender_type: "user", user_id: sarah, is_empty: false, title: null },
  ]);
  // Whoever is erased later takes what was restored along.
  await database.pool.query("delete from users where org_id = $1 and id = $2", [sender.org_id, sarah]);
  expect(await restored("select 1 from restored.messages where org_id = $1")).toEqual([]);
});

test("verify reads every file back, names the one that is damaged, and a damaged month isn't restored", async () => {
  const { sender } = await makePurged();
  const actor = systemOf(sender.org_id);
  const verify = async () => {
    const damages: (string | null)[] = [];
    for await (const { damage } of verifyArchives(application.db, actor, archive, { now: later })) damages.push(damage);
    return damages;
  };
  expect(await verify()).toEqual([null, null, null]);
  const path = `${sender.org_id}/2026-02/queries-1.parquet`;
  const whole = readFileSync(join(folder, path));
  const broken = Buffer.from(whole);
  broken[10]! ^= 1;
  writeFileSync(join(folder, path), broken);
  expect(await verify()).toEqual([null, expect.stringContaining(path), null]);
  expect((await listArchives(application.db, actor)).months[1]).toMatchObject({
    damage: expect.stringContaining(path),
  });
  await expect(restore(sender, "2026-02")).rejects.toThrow(path);
  expect(count(await texts(sender, "restored"))).toBe(0);
  expect((await listArchives(application.db, actor)).months[1]!.restoration).toMatchObject({
    status: "failed",
    error: expect.stringContaining(path),
  });
  writeFileSync(join(folder, path), whole);
  expect(await verify()).toEqual([null, null, null]);
  expect(await requestVerify(application.db, actor, {})).toEqual({ months: 3 });
});

test("what is restored has the columns that live rows have", async () => {
  const { rows } = await database.pool.query(
    `select table_name, column_name, data_type, is_nullable, count(*) as n from information_schema.columns
     where table_schema in ('public', 'restored') and table_name = any ($1)
     group by 1, 2, 3, 4 having count(*) <> 2`,
    [archivedTables.map(({ name }) => name)],
  );
  expect(rows).toEqual([]);
});
