import { expect, test } from "vitest";
import { memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { askErasure } from "./ask.ts";
import { replayLedger } from "./replay.ts";
import { eraseDue } from "./run.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const [one, another] = ["0198c0de-0000-7000-8000-000000000001", "0198c0de-0000-7000-8000-000000000002"];
const [name, address] = ["aa".repeat(32), "bb".repeat(32)];
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;

/** An older copy of a database in which Sarah is there, and the ledger's line about her erasure. */
async function makeCopy() {
  const sender = await makeSender(application.db);
  await sender.send([...people, conversation("a1")], { now });
  const { org_id } = sender;
  const [{ id: sarah, made }] = (await read(
    "select u.id, extract(epoch from o.created_at)::text as made from users u join organizations o on o.id = $1 where u.org_id = $1 and u.n = 1",
    org_id,
  )) as [{ id: string; made: string }];
  const entry = {
    version: 1 as const,
    org_id,
    org_created_at: made,
    erasure_id: one,
    user_id: sarah,
    reason: "asked_by_person",
    asked_at: "2026-03-10T12:00:00.000Z",
    asked_by: "Priya",
    tombstones: [name, address],
  };
  /** Asks as in the copy's time, under this number; then the erasure is in this state. */
  const ask = async (id: string, status: string) => {
    await askErasure(
      application.db,
      systemOf(org_id),
      { user_id: sarah, email: "sarah.chen@acme.example", reason: "asked_by_person", immediately: false },
      now,
    );
    await read("update erasures set id = $2 where org_id = $1 and status = 'asked'", org_id, id);
    await read("update tombstones set erasure_id = $2 where org_id = $1", org_id, id);
    await read(
      `update erasures set status = $2, ended_at = case when $2 in ('undone', 'erased') then $3::timestamptz end,
         started_at = case when $2 in ('erasing', 'erased') then $3::timestamptz end, number = case when $2 = 'erased' then 1 end,
         lines = case when $2 = 'erased' then '{"lines": [], "rows_gone": 0, "rows_kept": 0}'::jsonb end where org_id = $1`,
      org_id,
      status,
      now,
    );
    if (status === "undone") await read("update users set deleted_at = null where org_id = $1", org_id);
  };
  return { sender, sarah, entry, ask };
}

const replay = async (...entries: ReturnType<typeof memoryLedger>["entries"]) =>
  replayLedger(application.db, { ...memoryLedger(), read: async () => entries }, now);
const erasures = ({ org_id }: Sender) =>
  read("select id, status, immediately from erasures where org_id = $1 order by id", org_id);
const isQueued = async ({ org_id }: Sender) =>
  (await read("select from graphile_worker._private_jobs where key = $1", `erase:${org_id}`)).length === 1;
const tombstones = async ({ org_id }: Sender) =>
  (
    await read(
      "select encode(key_hash, 'hex') as hash from tombstones where org_id = $1 and erasure_id = $2",
      org_id,
      one,
    )
  ).map(({ hash }) => hash);

const asked = { id: one, status: "asked", immediately: true };
type State = [string, ((copy: Awaited<ReturnType<typeof makeCopy>>) => Promise<unknown>) | null, object[]];

/** What an older copy may know of an erasure that the ledger holds and that hadn't begun in it. */
const behind: State[] = [
  ["knows nothing of it", null, [asked]],
  ["knows it as asked for", ({ ask }) => ask(one, "asked"), [asked]],
  ["knows it as taken back", ({ ask }) => ask(one, "undone"), [asked]],
  [
    "knows another wish that waits",
    ({ ask }) => ask(another, "asked"),
    [asked, { id: another, status: "undone", immediately: false }],
  ],
  [
    "knows another wish that was taken back",
    ({ ask }) => ask(another, "undone"),
    [asked, { id: another, status: "undone", immediately: false }],
  ],
];

test.each(behind)(
  "an older copy that %s: they are gone from lists at once, kept out, queued, and erased",
  async (_, make, expected) => {
    const copy = await makeCopy();
    await make?.(copy);
    const { sender, sarah, entry } = copy;
    await read("delete from graphile_worker._private_jobs");
    expect(await replay(entry)).toEqual({ entries: 1, again: 1, kept_out: 0 });
    expect(await erasures(sender)).toEqual(expected);
    expect(await isQueued(sender)).toBe(true);
    expect(await read("select deleted_at is not null as gone from users where id = $1", sarah)).toEqual([
      { gone: true },
    ]);
    expect(await tombstones(sender)).toEqual(expect.arrayContaining([name, address]));
    expect(
      await read(
        "select details from audit_log where org_id = $1 and action = 'user.erase_again' and object_id = $2",
        sender.org_id,
        sarah,
      ),
    ).toEqual([{ details: { erasure: one } }]);
    expect(await eraseDue(application.db, systemOf(sender.org_id), { now, ledger: memoryLedger() })).toMatchObject({
      erased: 1,
    });
    expect(await read("select from users where id = $1", sarah)).toEqual([]);
    // Held against it once more, it changes nothing.
    const once = await erasures(sender);
    expect(await replay(entry)).toEqual({ entries: 1, again: 0, kept_out: 0 });
    expect(await erasures(sender)).toEqual(once);
  },
);

test.each(["erasing", "erased"])("a copy in which the erasure is %s goes on as it is", async (status) => {
  const { sender, entry, ask } = await makeCopy();
  await ask(one, status);
  await read("delete from graphile_worker._private_jobs");
  const before = await erasures(sender);
  expect(await replay(entry)).toEqual({ entries: 1, again: 0, kept_out: 0 });
  expect(await erasures(sender)).toEqual(before);
  expect(await isQueued(sender)).toBe(false);
});

test("a copy from before they were there: their names are kept out, and it counts as done", async () => {
  const { sender, entry, sarah } = await makeCopy();
  const nobody = { ...entry, user_id: another };
  expect(await replay(nobody)).toEqual({ entries: 1, again: 0, kept_out: 1 });
  expect(await erasures(sender)).toEqual([{ id: one, status: "erased", immediately: true }]);
  expect((await tombstones(sender)).sort()).toEqual([name, address]);
  expect(await read("select deleted_at from users where id = $1", sarah)).toEqual([{ deleted_at: null }]);
});

test("an organisation that got an old number, and every other one, is left alone", async () => {
  const [copy, other] = [await makeCopy(), await makeCopy()];
  expect(await replay({ ...copy.entry, org_created_at: "1" })).toMatchObject({ again: 0, kept_out: 0 });
  expect(await replay(copy.entry)).toMatchObject({ again: 1, kept_out: 0 });
  expect(await erasures(other.sender)).toEqual([]);
  expect(await tombstones(other.sender)).toEqual([]);
});
