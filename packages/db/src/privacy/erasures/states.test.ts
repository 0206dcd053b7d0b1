import { expect, test } from "vitest";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { askAtOnce, memoryLedger } from "../../../test/erasing.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { hold, keep, liftHolds } from "../../../test/lifecycle.ts";
import { waitsFor } from "../../../test/waiting.ts";
import { revealActivity } from "../../activities/get.ts";
import { askErasure } from "./ask.ts";
import { readPrivacy } from "./privacy.ts";
import { eraseDue, type EraseOptions } from "./run.ts";
import { undoErasure } from "./undo.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const afterGrace = new Date("2026-05-20T12:00:00Z");
const [sarahs, mikes] = ["sarah.chen@acme.example", "mike.johnson@acme.example"];
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;

async function make() {
  const sender = await makeSender(application.db);
  await sender.send(
    [
      ...people,
      conversation("a1"),
      { ...conversation("b1"), user: "u2", twin: "t2" },
      {
        type: "message",
        conversation: "b1",
        external_id: "guest",
        sender_type: "user",
        user: "u1",
        content: "May I?",
        created_at: "2026-03-02T10:00:30.000Z",
      },
    ],
    { now },
  );
  const [sarah, mike] = (await read("select id from users where org_id = $1 order by n", sender.org_id)).map(
    ({ id }) => id as string,
  ) as [string, string];
  return { sender, sarah, mike };
}
const ask = ({ org_id }: Sender, user_id: string, email: string) =>
  askErasure(application.db, systemOf(org_id), { user_id, email, reason: "left_company", immediately: false }, now);
const erase = ({ org_id }: Sender, options: Partial<EraseOptions> = {}) =>
  eraseDue(application.db, systemOf(org_id), { now: afterGrace, ledger: memoryLedger(), ...options });
const statuses = async ({ org_id }: Sender) =>
  (await read("select status from erasures where org_id = $1 order by asked_at, user_id", org_id)).map(
    ({ status }) => status,
  );

/** Of two who are due, what becomes of the second one while the first is erased. */
const meanwhile: [string, (sender: Sender, second: { id: string; email: string }) => Promise<unknown>, string][] = [
  ["the days of grace become more", ({ org_id }) => keep(database.pool, org_id, "deleted_users", 1, "year"), "asked"],
  [
    "theirs is taken back",
    ({ org_id }, { id }) => undoErasure(application.db, systemOf(org_id), { user_id: id }, now),
    "undone",
  ],
  ["a hold is placed on them", ({ org_id }, { email }) => hold(database.pool, org_id, email), "asked"],
];

test.each(meanwhile)(
  "of two who are due, while the first one is erased %s: nothing of theirs goes",
  async (_, change, status) => {
    const { sender, sarah, mike } = await make();
    await ask(sender, sarah, sarahs);
    await ask(sender, mike, mikes);
    let second = { id: "", email: "" };
    const ledger = memoryLedger();
    const outcome = await erase(sender, {
      ledger,
      reached: async (place) => {
        if (place !== "erasure:erased" || second.id !== "") return;
        const [left] = await read("select id, email from users where org_id = $1", sender.org_id);
        second = left;
        await change(sender, second);
      },
    });
    expect(outcome).toMatchObject({ erased: 1, held: 1 });
    expect((await statuses(sender)).sort()).toEqual([status, "erased"].sort());
    expect(ledger.entries).toHaveLength(1);
    expect(await read("select from users where id = $1", second.id)).toHaveLength(1);
    expect(await read("select from messages where user_id = $1 and content is null", second.id)).toEqual([]);
  },
);

test("a hold that comes while an erasure is at work stops it where it is; lifted, it ends", async () => {
  const { sender, sarah } = await make();
  await ask(sender, sarah, sarahs);
  const words = () => read("select from messages where user_id = $1", sarah);
  expect(await words()).toHaveLength(3);
  const outcome = await erase(sender, {
    limit: 1,
    reached: async (place) => {
      if (place === "erasure:messages") await hold(database.pool, sender.org_id, sarahs);
    },
  });
  expect(outcome).toEqual({ status: "done", erased: 0, held: 1 });
  expect(await words()).toHaveLength(2);
  expect(await statuses(sender)).toEqual(["erasing"]);
  expect(await erase(sender)).toMatchObject({ erased: 0, held: 1 });
  await liftHolds(database.pool, sender.org_id);
  expect(await erase(sender)).toMatchObject({ erased: 1, held: 0 });
  expect(await read("select from users where id = $1", sarah)).toEqual([]);
});

test("whoever reads what a person wrote is told to them, also in somebody else's conversation", async () => {
  const { sender, sarah, mike } = await make();
  const reader = {
    kind: "member",
    org_id: sender.org_id,
    account_id: "a",
    name: "Olga",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "t",
  } as const;
  const activities = await read(
    "select id from activities where org_id = $1 order by user_id = $2",
    sender.org_id,
    mike,
  );
  for (const { id } of activities)
    await revealActivity(application.db, reader, { id, reason: `Ticket ${id}` }, new Date());
  const readings = async (user_id: string) =>
    (await readPrivacy(application.db, reader, { user_id }, now)).readings.map(({ activity_id }) => activity_id).sort();
  expect(await readings(sarah)).toEqual(activities.map(({ id }) => id).sort());
  expect(await readings(mike)).toEqual([activities.at(-1)!.id]);
});

test("asked again, it is the same erasure; an owner may end its grace, and once it began it can't be taken back", async () => {
  const { sender, sarah } = await make();
  const { id } = await ask(sender, sarah, sarahs);
  const atOnce = await askAtOnce(application.db, sender.org_id, sarah, sarahs, now);
  expect(atOnce).toMatchObject({ id, immediately: true });
  await erase(sender, { now, signal: AbortSignal.abort() });
  expect(await statuses(sender)).toEqual(["erasing"]);
  expect((await ask(sender, sarah, sarahs)).id).toBe(id);
  await expect(undoErasure(application.db, systemOf(sender.org_id), { user_id: sarah }, now)).rejects.toMatchObject({
    code: "CONFLICT",
  });
});

test("two who ask at once ask for one erasure", async () => {
  const { sender, sarah } = await make();
  const row = "select from users where org_id = $1 and n = 1 for update";
  const both = () => Promise.all([ask(sender, sarah, sarahs), ask(sender, sarah, sarahs)]);
  expect(await waitsFor(database, row, [sender.org_id], both, { end: "rollback", waiting: 2 })).toBe(true);
  expect(await statuses(sender)).toEqual(["asked"]);
});

test("who takes an erasure back while it begins is told that it is too late", async () => {
  const { sender, sarah } = await make();
  await ask(sender, sarah, sarahs);
  const begins = `with e as (update erasures set status = 'erasing', started_at = now() where org_id = $1 returning user_id)
    select from users u join e on e.user_id = u.id where u.org_id = $1 for update of u`;
  const undo = () => undoErasure(application.db, systemOf(sender.org_id), { user_id: sarah }, now);
  await expect(waitsFor(database, begins, [sender.org_id], undo, { end: "commit", waiting: 1 })).rejects.toMatchObject({
    code: "CONFLICT",
  });
  expect(await statuses(sender)).toEqual(["erasing"]);
});
