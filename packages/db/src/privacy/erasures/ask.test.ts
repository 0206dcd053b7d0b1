import { permissionsOf, type Role } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import { listActivities } from "../../activities/list.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../../figures/rollup.ts";
import { listUserDays } from "../../people/users/days.ts";
import { getUser } from "../../people/users/get.ts";
import { listUsers } from "../../people/users/list.ts";
import { listUserSessions } from "../../activities/list-user-sessions.ts";
import { askErasure } from "./ask.ts";
import { liftTombstone } from "./lift.ts";
import { readPrivacy } from "./privacy.ts";
import { listErasures } from "./receipt.ts";
import { undoErasure } from "./undo.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
let sender: Sender;
let sarah: string;

const as = (role: Role): Actor => ({
  kind: "member",
  org_id: sender.org_id,
  account_id: "a1",
  name: "Priya",
  role,
  permissions: permissionsOf(role),
  request_id: "test",
});
const list = (role: Role, input: Partial<Parameters<typeof listUsers>[2]> = {}) =>
  listUsers(application.db, as(role), { sort: "last_active_at", limit: 50, ...input }, now);
const names = async (role: Role, input = {}) => (await list(role, input)).users.map(({ name }) => name);
const typed = { email: "Sarah.Chen@acme.example", reason: "asked_by_person", immediately: false } as const;
const erase = (role: Role = "admin", at = now) =>
  askErasure(application.db, as(role), { user_id: sarah, ...typed }, at);
const codes = async (records: unknown[]) => (await sender.send(records, { now })).rejected.map(({ code }) => code);

beforeAll(async () => {
  sender = await makeSender(application.db, "Europe/Berlin");
  await sender.send([...people, conversation("a1"), conversation("a2", "2026-03-19T23:30:00.000Z")], { now });
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  sarah = (await list("owner", { search: "sarah" })).users[0]!.id;
});

test("people are listed active last first, page by page, and found by a part of their name or address", async () => {
  expect(await names("analyst")).toEqual(["Sarah Chen", "Mike Johnson"]);
  const first = await list("analyst", { limit: 1 });
  expect(first).toMatchObject({ total: 2, total_is_exact: true, users: [{ active_days: 2, activities: 2 }] });
  const second = await list("analyst", { limit: 1, cursor: first.next_cursor! });
  expect([second.users[0]!.name, second.next_cursor]).toEqual(["Mike Johnson", null]);
  expect(await names("analyst", { search: "CHEN@acme" })).toEqual(["Sarah Chen"]);
  expect(await names("analyst", { department: ["Product"] })).toEqual(["Mike Johnson"]);
  await expect(list("analyst", { cursor: "x" })).rejects.toMatchObject({ code: "BAD_REQUEST", path: "cursor" });
});

test("who may not see addresses sees them masked, and can't search by them either", async () => {
  expect((await list("viewer")).users.map(({ email }) => email)).toEqual(["s•••@acme.example", "m•••@acme.example"]);
  expect(await names("viewer", { search: "sarah.chen@" })).toEqual([]);
  expect((await getUser(application.db, as("viewer"), { user_id: sarah }, new Date())).email).toBe("s•••@acme.example");
});

test("a person's page has totals, days by the organisation's clock, sessions and twins", async () => {
  const detail = await getUser(application.db, as("analyst"), { user_id: sarah }, now);
  expect(detail).toMatchObject({
    state: "here",
    totals: { active_days: 2, sessions: 2, conversations: 2, messages: 2 },
    twins: [{ name: "Sarah's Twin", installations: 0 }],
    twins_asked: [{ name: "Sarah's Twin", is_own: true, activities: 2 }],
  });
  const { days } = await listUserDays(application.db, as("analyst"), { user_id: sarah }, now);
  expect(days).toHaveLength(365);
  expect(days.filter(({ activities }) => activities > 0)).toEqual([
    { date: "2026-03-02", sessions: 1, activities: 1, messages: 1 },
    { date: "2026-03-20", sessions: 1, activities: 1, messages: 1 },
  ]);
  const page = await listUserSessions(application.db, as("analyst"), { user_id: sarah, limit: 1 }, now);
  expect(page.sessions).toMatchObject([{ started_at: "2026-03-19T23:30:00.000Z", twin_name: "Sarah's Twin" }]);
  const rest = await listUserSessions(
    application.db,
    as("analyst"),
    { user_id: sarah, limit: 1, cursor: page.next_cursor! },
    now,
  );
  expect([rest.sessions.length, rest.next_cursor]).toEqual([1, null]);
});

test("an erasure must be typed, is counted beforehand, takes a person out of every list, and can be undone", async () => {
  await expect(
    askErasure(application.db, as("admin"), { user_id: sarah, ...typed, email: "someone@else.example" }, now),
  ).rejects.toMatchObject({ code: "BAD_REQUEST", path: "email" });
  await expect(
    askErasure(application.db, as("admin"), { user_id: sarah, ...typed, immediately: true }, now),
  ).rejects.toMatchObject({ code: "FORBIDDEN" });
  const asked = await erase();
  // Asked at noon in Berlin: thirty whole days, and gone with the midnight after.
  expect(asked).toMatchObject({ asked_by: "Priya", due_at: "2026-04-19T22:00:00.000Z", immediately: false });
  expect((await erase()).id).toBe(asked.id);

  expect(await names("analyst")).toEqual(["Mike Johnson"]);
  await expect(getUser(application.db, as("analyst"), { user_id: sarah }, now)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  expect(await getUser(application.db, as("admin"), { user_id: sarah }, now)).toMatchObject({ state: "leaving" });
  const { items } = await listActivities(application.db, as("analyst"), { page: 1, limit: 10 }, now);
  expect(items.map(({ user_name, user_email, user_id }) => [user_name, user_email, user_id])).toEqual([
    ["Deleted user", null, null],
    ["Deleted user", null, null],
  ]);
  expect(await listErasures(application.db, as("admin"), now)).toMatchObject({
    open: [{ id: asked.id, name: "Sarah Chen", state: "leaving" }],
    receipts: [],
  });
  const privacy = await readPrivacy(application.db, as("admin"), { user_id: sarah }, now);
  expect(privacy).toMatchObject({ state: "leaving", signs_in: false, grace_days: 30, receipt: { number: null } });
  const counted = Object.fromEntries(privacy.receipt.lines.map(({ table, what, rows }) => [`${table} ${what}`, rows]));
  expect(counted).toMatchObject({
    "users erased": 1,
    "twins erased": 1,
    "activities erased": 2,
    "conversations erased": 2,
    "messages erased": 4,
    "sessions erased": 2,
    "user_days erased": 2,
    "tombstones kept": 3,
  });

  await undoErasure(application.db, as("admin"), { user_id: sarah }, now);
  expect(await names("analyst")).toEqual(["Sarah Chen", "Mike Johnson"]);
  expect(await codes([conversation("a1")])).toEqual([]);
  await expect(undoErasure(application.db, as("admin"), { user_id: sarah }, now)).rejects.toMatchObject({
    code: "CONFLICT",
  });
});

test("while deleted, records are ERASED under every name of the person; an owner can't lift what can be undone", async () => {
  await erase();
  const [user] = people;
  for (const name of ["u1", "sarah.chen@acme.example", "SARAH.CHEN@acme.example", sarah])
    expect(await codes([{ ...conversation("a9"), user: name }])).toEqual(["ERASED"]);
  expect(await codes([user])).toEqual(["ERASED"]);
  expect(await codes([{ ...user, external_id: "other-name" }])).toEqual(["ERASED"]);
  await expect(liftTombstone(application.db, as("owner"), { email: "sarah.chen@acme.example" })).rejects.toMatchObject({
    code: "CONFLICT",
  });
  await undoErasure(application.db, as("admin"), { user_id: sarah }, now);
  expect(await codes([user, conversation("a9", "2026-03-18T10:00:00.000Z")])).toEqual([]);
  const { rows } = await database.pool.query(
    "select action, count(*)::int as times from audit_log where org_id = $1 and object_id = $2 group by 1 order by 1",
    [sender.org_id, sarah],
  );
  expect(rows).toEqual([
    { action: "user.erase", times: 2 },
    { action: "user.undo_erasure", times: 2 },
  ]);
});

test("the grace is the policy of now, and a legal hold on them or on whom they talked with is told", async () => {
  const { org_id } = sender;
  await erase();
  const privacy = () => readPrivacy(application.db, as("admin"), { user_id: sarah }, now);
  await database.pool.query(
    `insert into retention_policies (org_id, data_type, keep_count, keep_unit, changed_at, changed_by)
     values ($1, 'deleted_users', 2, 'day', $2, 'test')`,
    [org_id, now],
  );
  expect(await privacy()).toMatchObject({
    grace_days: 2,
    held_by: null,
    erasure: { due_at: "2026-03-22T23:00:00.000Z" },
  });
  const hold = async (user_id: string | null) => {
    await database.pool.query("delete from legal_holds where org_id = $1", [org_id]);
    await database.pool.query(
      `insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), $2, 'r', $3, 't')`,
      [org_id, user_id, now],
    );
    return (await privacy()).held_by;
  };
  const [mike] = (await list("owner")).users;
  expect(await hold(mike!.id)).toBe(null);
  await undoErasure(application.db, as("admin"), { user_id: sarah }, now);
  await sender.send(
    [
      {
        type: "message",
        conversation: "a1",
        external_id: "m3",
        sender_type: "user",
        user: "u2",
        content: "Me too",
        created_at: "2026-03-02T10:05:00.000Z",
      },
    ],
    { now },
  );
  expect([await hold(mike!.id), await hold(sarah), await hold(null)]).toEqual([
    "conversation",
    "person",
    "organization",
  ]);
});
