import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, useApplication } from "../../../test/ingesting.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-03-10T12:00:00Z");

const nothing = { accepted: 0, updated: 0, duplicates: 0, rejected: [], warnings: [] };
const rowsOf = async (text: string, org_id: number) => (await database.pool.query(text, [org_id])).rows;
const activity = (extra: object) => ({
  type: "activity",
  external_id: "x1",
  user: "u1",
  twin: "t1",
  platform: "web",
  started_at: "2026-03-02T10:00:00Z",
  activity_type: "query",
  ...extra,
});

test("a batch is stored whole, parents and children together in any order", async () => {
  const { org_id, send } = await makeSender(application.db);
  const records = [conversation(), ...people].reverse();
  expect(await send(records, { now })).toEqual({ ...nothing, accepted: 5 });
  expect(await rowsOf("select message_count, total_tokens from conversations where org_id = $1", org_id)).toEqual([
    { message_count: 2, total_tokens: 8 },
  ]);
});

test("the same batch again changes nothing", async () => {
  const { org_id, send } = await makeSender(application.db);
  const records = [
    ...people,
    conversation(),
    activity({ external_id: "q1", query: { query_text: "Where is the plan?", sources: ["a", { b: 1 }] } }),
    {
      type: "session",
      external_id: "s1",
      user: "u1",
      platform: "web",
      started_at: "2026-03-02T09:00:00Z",
      ended_at: "2026-03-02T09:20:00Z",
      ip_address: "2001:db8::1",
    },
    { type: "installation", twin: "t1", platform: "slack", workspace_id: "T1", installed_at: "2026-03-01T00:00:00Z" },
    { type: "feature", user: "u1", feature_name: "calendar_lookup", used_at: "2026-03-02T10:00:00Z" },
  ];
  expect(await send(records, { now })).toEqual({ ...nothing, accepted: records.length });
  await database.pool.query("delete from ops.dirty_log where org_id = $1", [org_id]);
  expect(await send(records, { now })).toEqual({ ...nothing, duplicates: records.length });
  expect(await rowsOf("select day from ops.dirty_log where org_id = $1", org_id)).toEqual([]);
});

test("text is encrypted from the first row, and opens only in its place", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send(
    [
      ...people,
      conversation(),
      activity({ query: { query_text: "canary-question", retrieved_info: "canary-answer" } }),
      activity({ external_id: "d1", activity_type: "document", document: { title: "T", content: "canary-document" } }),
    ],
    { now },
  );
  const stored = await rowsOf(
    "select string_agg(encode(content, 'escape'), '') t from messages where org_id = $1 union all select encode(query_text || retrieved_info, 'escape') from queries where org_id = $1 union all select encode(content, 'escape') from documents where org_id = $1",
    org_id,
  );
  expect(stored).toHaveLength(3);
  expect(JSON.stringify(stored)).not.toMatch(/canary|help|Gladly/);
});

test("every rejected record is named with its reason, and keeps none of the others out", async () => {
  const { send } = await makeSender(application.db);
  const answer = await send(
    [
      ...people,
      { type: "user", email: "not an address", full_name: "X" },
      { type: "unicorn" },
      activity({ external_id: "e1", user: "nobody" }),
      activity({ external_id: "e2", twin: "nothing" }),
      activity({ external_id: "e3", session: "never" }),
      activity({ external_id: "e4", started_at: "1970-01-01T00:00:00Z" }),
      activity({ external_id: "e5", started_at: "2099-01-01T00:00:00Z" }),
      activity({ external_id: "e6", ended_at: "2026-03-02T09:00:00Z" }),
      activity({ external_id: "e7", document: {} }),
      {
        type: "message",
        conversation: "none",
        external_id: "m",
        sender_type: "user",
        created_at: "2026-03-02T10:00:00Z",
      },
      conversation("a1", undefined, {
        conversation: {
          messages: [
            { external_id: "m1", sender_type: "user", user: "ghost", created_at: "2026-03-02T10:00:00Z" },
            { sender_type: "user" },
          ],
        },
      }),
      "not an object",
      activity({ external_id: "nul", action_description: "a\u0000b" }),
      activity({ external_id: "half", metadata: { deep: ["\ud800"] } }),
      activity({ external_id: "key", metadata: { "\udc00": 1 } }),
      activity({ external_id: "sources", activity_type: "query", query: { sources: ["a\u0000b"] } }),
      activity({ external_id: "deep", metadata: JSON.parse(`{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}`) }),
    ],
    { now },
  );
  expect(answer).toMatchObject({ accepted: 5, updated: 0, duplicates: 0 });
  expect(answer.rejected.map(({ index, code, path }) => [index, code, path])).toEqual([
    [4, "INVALID", "email"],
    [5, "INVALID", "type"],
    [6, "UNKNOWN_USER", "user"],
    [7, "UNKNOWN_TWIN", "twin"],
    [8, "UNKNOWN_SESSION", "session"],
    [9, "INVALID", "started_at"],
    [10, "IN_FUTURE", "started_at"],
    [11, "INVALID", "ended_at"],
    [12, "INVALID", "document"],
    [13, "UNKNOWN_CONVERSATION", "conversation"],
    [14, "UNKNOWN_USER", "conversation.messages[0]"],
    [14, "INVALID", "conversation.messages[1]"],
    [15, "INVALID", undefined],
    [16, "INVALID", "action_description"],
    [17, "INVALID", "metadata"],
    [18, "INVALID", "metadata"],
    [19, "INVALID", "query.sources"],
    [20, "INVALID", "metadata"],
  ]);
});

test("no time of a record lies in the future, whatever it tells of", async () => {
  const { send } = await makeSender(application.db);
  const later = "9999-12-31T23:59:59.999Z";
  const answer = await send(
    [
      ...people,
      { type: "twin", external_id: "t9", user: "u1", name: "T", last_trained_at: later },
      conversation("a1", undefined, {
        conversation: {
          messages: [{ external_id: "m1", sender_type: "user", created_at: "2026-03-02T10:00:00Z", edited_at: later }],
        },
      }),
      activity({ external_id: "d1", activity_type: "document", document: { title: "T", exported_at: later } }),
    ],
    { now },
  );
  expect(answer.rejected.map(({ code, path }) => [code, path])).toEqual([
    ["IN_FUTURE", "last_trained_at"],
    ["IN_FUTURE", "conversation.messages[0]"],
    ["IN_FUTURE", "document.exported_at"],
  ]);
});

test("addresses in any script and messages before time itself keep nothing else out", async () => {
  const { send } = await makeSender(application.db);
  const answer = await send(
    [
      ...people,
      {
        type: "user",
        email: "İŞIK@firma.example",
        full_name: "Işık",
        timezone: null,
        updated_at: "2026-03-01T00:00:00Z",
      },
      { type: "user", email: "ÄRGER@firma.example", full_name: "Ä" },
      conversation("a1", undefined, {
        conversation: { messages: [{ external_id: "m1", sender_type: "user", created_at: "1960-01-01T00:00:00Z" }] },
      }),
      {
        type: "message",
        conversation: "a1",
        external_id: "m2",
        sender_type: "twin",
        created_at: "0001-01-01T00:00:00Z",
      },
    ],
    { now },
  );
  expect(answer.accepted).toBe(7);
  expect(answer.rejected.map(({ index, code, path }) => [index, code, path])).toEqual([
    [6, "INVALID", "conversation.messages[0]"],
    [7, "INVALID", "created_at"],
  ]);
});

test("the dirty log names the local day of everything that was stored", async () => {
  const { org_id, send } = await makeSender(application.db, "Asia/Kolkata");
  await send(
    [
      ...people,
      conversation("a1", "2026-03-02T20:00:00.000Z"),
      {
        type: "session",
        external_id: "s1",
        user: "u2",
        platform: "web",
        started_at: "2026-03-04T10:00:00Z",
        ended_at: "2026-03-05T20:00:00Z",
      },
    ],
    { now },
  );
  const days = await rowsOf(
    "select d.day::text, u.external n from ops.dirty_log d left join lateral (select full_name external from users where org_id = d.org_id and users.n = d.n) u on true where org_id = $1 order by 1, 2",
    org_id,
  );
  expect(days).toEqual([
    { day: "2026-01-05", n: null },
    { day: "2026-01-06", n: null },
    { day: "2026-03-03", n: "Sarah Chen" },
    { day: "2026-03-04", n: "Mike Johnson" },
    { day: "2026-03-05", n: "Mike Johnson" },
    { day: "2026-03-06", n: "Mike Johnson" },
  ]);
});

test("records of sealed days are too old, stored before or not; people are not", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send([...people, conversation()], { now });
  await database.pool.query(
    "update organizations set sealed_from = '2026-03-01', sealed_before = '2026-03-05' where id = $1",
    [org_id],
  );
  const answer = await send(
    [
      conversation(),
      activity({ started_at: "2026-03-04T23:59:59Z" }),
      activity({ started_at: "2026-03-05T00:00:00Z" }),
      { ...people[0], department: "Sales" },
      { type: "installation", twin: "t1", platform: "slack", installed_at: "2026-03-02T00:00:00Z" },
      { type: "installation", twin: "t1", platform: "slack", installed_at: "2026-02-02T00:00:00Z" },
    ],
    { now },
  );
  expect(answer.rejected.map(({ index, code }) => [index, code])).toEqual([
    [0, "TOO_OLD"],
    [1, "TOO_OLD"],
    [4, "TOO_OLD"],
  ]);
  expect(answer).toMatchObject({ accepted: 2, updated: 1 });
});

test("a soft-deleted person's records are erased ones", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send(people, { now });
  await database.pool.query("update users set deleted_at = now() where org_id = $1 and email_key like 'sarah%'", [
    org_id,
  ]);
  const answer = await send([people[0], activity({}), activity({ user: "u2", twin: "t2" })], { now });
  expect(answer.rejected.map(({ index, code }) => [index, code])).toEqual([
    [0, "ERASED"],
    [1, "ERASED"],
  ]);
  expect(answer.accepted).toBe(1);
});

test("of several created_at of a person the earliest wins, whatever order they arrive in", async () => {
  for (const order of [
    ["2026-02-01T00:00:00Z", "2026-01-01T00:00:00Z"],
    ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"],
  ]) {
    const { org_id, send } = await makeSender(application.db);
    for (const created_at of order)
      await send([{ type: "user", email: "a@b.example", full_name: "A", created_at }], { now });
    expect(await rowsOf("select created_at from users where org_id = $1", org_id)).toEqual([
      { created_at: new Date("2026-01-01T00:00:00Z") },
    ]);
  }
});

test("batches that bring the same records at the same time store them once", async () => {
  const { org_id, send } = await makeSender(application.db);
  const records = [
    ...people,
    ...Array.from({ length: 20 }, (_, i) => conversation(`a${i}`, `2026-03-02T10:${String(i + 10)}:00.000Z`)),
  ];
  const answers = await Promise.all(
    [records, [...records].reverse(), records, [...records].reverse()].map((batch) => send(batch, { now })),
  );
  expect(answers.flatMap((answer) => answer.rejected)).toEqual([]);
  expect(answers.reduce((sum, answer) => sum + answer.accepted, 0)).toBe(records.length);
  expect(
    await rowsOf("select count(*)::int n, count(distinct id)::int d from messages where org_id = $1", org_id),
  ).toEqual([{ n: 40, d: 40 }]);
});
