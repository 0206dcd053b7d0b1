import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { inTenant } from "../../tenancy/actor.ts";
import {
  findKnownConversations,
  findKnownPeople,
  findKnownTwins,
  listConversationStarts,
  listKnownTwins,
  nameTwins,
} from "./known.ts";
import { findReferences } from "./references.ts";
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

test("a record known with another time, type or reference is a conflict and the stored row stays", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send(
    [
      ...people,
      conversation(),
      { type: "session", external_id: "s1", user: "u1", platform: "web", started_at: "2026-03-02T09:00:00Z" },
    ],
    { now },
  );
  const answer = await send(
    [
      conversation("a1", "2026-03-02T11:00:00.000Z"),
      { ...conversation(), user: "u2" },
      { ...conversation(), twin: "t2" },
      { type: "session", external_id: "s1", user: "u1", platform: "web", started_at: "2026-03-02T09:00:01Z" },
      {
        type: "message",
        conversation: "a1",
        external_id: "a1-m1",
        sender_type: "user",
        created_at: "2026-03-02T10:00:01Z",
      },
      {
        type: "message",
        conversation: "a1",
        external_id: "a1-m1",
        sender_type: "twin",
        created_at: "2026-03-02T10:00:00Z",
      },
      {
        type: "message",
        conversation: "a1",
        external_id: "a1-m1",
        sender_type: "user",
        user: "u2",
        created_at: "2026-03-02T10:00:00Z",
      },
      { type: "twin", external_id: "t1", user: "u2", name: "Stolen" },
    ],
    { now },
  );
  expect(answer).toMatchObject({ accepted: 0, updated: 0, duplicates: 0 });
  expect(answer.rejected.map(({ code, path }) => `${code} ${path}`)).toEqual([
    "CONFLICT started_at",
    "CONFLICT user",
    "CONFLICT twin",
    "CONFLICT started_at",
    "CONFLICT created_at",
    "CONFLICT sender_type",
    "CONFLICT user",
    "CONFLICT user",
  ]);
  expect(await rowsOf("select count(*)::int n from messages where org_id = $1", org_id)).toEqual([{ n: 2 }]);
});

test("a twin that is known may come without its owner, a new one may not", async () => {
  const { send } = await makeSender(application.db);
  await send(people, { now });
  const twin = { type: "twin", external_id: "t1", name: "Sarah's Second Name" };
  expect(await send([twin], { now })).toEqual({ ...nothing, updated: 1 });
  expect(await send([{ ...twin, external_id: "t9" }], { now })).toMatchObject({
    ...nothing,
    rejected: [{ index: 0, code: "INVALID", path: "user", message: expect.stringContaining("needs an owner") }],
  });
});

test("what a source made known is found by its ids, and goes by further ones", async () => {
  const { actor, send } = await makeSender(application.db);
  const other = await makeSender(application.db);
  await send([...people, conversation()], { now });
  const twins = await listKnownTwins(application.db, actor, "import");
  expect(twins.map(({ name, owner_email }) => [name, owner_email]).toSorted()).toEqual([
    ["Mike's Twin", "mike.johnson@acme.example"],
    ["Sarah's Twin", "sarah.chen@acme.example"],
  ]);
  const id = (await findKnownTwins(application.db, actor, "import", ["t1", "t7"])).get("t1")!;
  await nameTwins(application.db, actor, "import", [
    { key: "b1", id },
    { key: "t2", id },
  ]);
  const found = await findKnownTwins(application.db, actor, "import", ["t1", "t2", "b1"]);
  expect([found.get("b1"), found.get("t2") === id]).toEqual([id, false]);
  const mike = await findKnownPeople(application.db, actor, "import", ["u2", "Mike.Johnson@acme.example", "nobody"]);
  expect([mike.size, mike.get("u2")]).toEqual([2, mike.get("Mike.Johnson@acme.example")]);
  const wanted = [
    { key: "a1", user: "u1", twin: "b1" },
    { key: "a2", user: null, twin: null },
  ];
  const known = await findKnownConversations(application.db, actor, "import", wanted);
  const start = Date.parse("2026-03-02T10:00:00Z");
  expect([...known]).toEqual([
    [
      "a1",
      expect.objectContaining({
        ended_at: null,
        is_sealed: false,
        is_same: true,
        message_times: [start, start + 60_000],
      }),
    ],
  ]);
  const others = [{ key: "a1", user: "u2", twin: "t1" }];
  expect((await findKnownConversations(application.db, actor, "import", others)).get("a1")?.is_same).toBe(false);
  expect([...(await listConversationStarts(application.db, actor, "import"))]).toEqual([start]);
  for (const [who, source] of [
    [other.actor, "import"],
    [actor, "elsewhere"],
  ] as const) {
    expect(await listKnownTwins(application.db, who, source)).toEqual([]);
    expect((await findKnownConversations(application.db, who, source, wanted)).size).toBe(0);
  }
});

test("two senders with the same ids never collide, and a known e-mail address is that person", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send([...people, conversation()], { now });
  const theirs = [
    { ...people[0], full_name: "Sarah Chen" },
    { type: "twin", external_id: "t1", user: "u1", name: "Another twin" },
    conversation(),
  ];
  expect(await send(theirs, { now, source: "other" })).toEqual({ ...nothing, accepted: 2, updated: 1 });
  expect(
    await rowsOf(
      "select (select count(*)::int from users where org_id = $1) u, (select count(*)::int from twins where org_id = $1) t, (select count(*)::int from activities where org_id = $1) a",
      org_id,
    ),
  ).toEqual([{ u: 2, t: 3, a: 2 }]);
});

test("another organisation's ids lead nowhere", async () => {
  const [mine, theirs] = [await makeSender(application.db), await makeSender(application.db)];
  await theirs.send([...people, conversation()], { now });
  const [user] = await rowsOf("select id from users where org_id = $1 limit 1", theirs.org_id);
  const [twin] = await rowsOf("select id from twins where org_id = $1 limit 1", theirs.org_id);
  const [talk] = await rowsOf("select id from activities where org_id = $1 limit 1", theirs.org_id);
  await mine.send(people, { now });
  const answer = await mine.send(
    [
      activity({ user: user.id }),
      activity({ twin: twin.id }),
      {
        type: "message",
        conversation: talk.id,
        external_id: "m",
        sender_type: "twin",
        created_at: "2026-03-02T10:00:00Z",
      },
    ],
    { now },
  );
  expect(answer.rejected.map(({ code }) => code)).toEqual(["UNKNOWN_USER", "UNKNOWN_TWIN", "UNKNOWN_CONVERSATION"]);
});

test("what is sent later fills in and updates; an absent field says nothing, unless updated_at makes the record whole", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send([...people, activity({ action_description: "Asked", device_type: "desktop" })], { now });
  expect(await send([activity({ ended_at: "2026-03-02T10:05:00Z" })], { now })).toEqual({ ...nothing, updated: 1 });
  const read = () =>
    rowsOf("select action_description, device_type, duration_seconds from activities where org_id = $1", org_id);
  expect(await read()).toEqual([{ action_description: "Asked", device_type: "desktop", duration_seconds: 300 }]);
  expect(
    await send([activity({ action_description: "Asked again", updated_at: "2026-03-03T00:00:00Z" })], { now }),
  ).toEqual({ ...nothing, updated: 1 });
  expect(await read()).toEqual([{ action_description: "Asked again", device_type: null, duration_seconds: null }]);
  expect(await send([activity({ action_description: "Stale", updated_at: "2026-03-02T00:00:00Z" })], { now })).toEqual({
    ...nothing,
    duplicates: 1,
  });
  expect(await read()).toEqual([{ action_description: "Asked again", device_type: null, duration_seconds: null }]);
});

test("an activity with somebody else's twin is a shared interaction, sent or not", async () => {
  const { org_id, send } = await makeSender(application.db);
  await send(
    [
      ...people,
      activity({ twin: "t2" }),
      activity({ external_id: "x2" }),
      activity({ external_id: "x3", shared: { was_helpful: true } }),
    ],
    { now },
  );
  const shared = await rowsOf(
    "select u.full_name owner, s.was_helpful from shared_twin_interactions s left join users u on u.org_id = s.org_id and u.id = s.twin_owner_id where s.org_id = $1 order by 1",
    org_id,
  );
  expect(shared).toEqual([
    { owner: "Mike Johnson", was_helpful: null },
    { owner: "Sarah Chen", was_helpful: true },
  ]);
  expect(await send([activity({ external_id: "x2", shared: { was_helpful: false } })], { now })).toEqual({
    ...nothing,
    updated: 1,
  });
});

test("a month that was dropped meanwhile is made again", async () => {
  const { send } = await makeSender(application.db);
  const old = activity({ external_id: "old", started_at: "2021-05-02T10:00:00Z" });
  await send([...people, old], { now });
  await database.pool.query("delete from activities where id < uuid_floor('2021-06-01')");
  const dropped = await database.pool.query("select drop_month('2021-05-01') as tables");
  expect(dropped.rows[0].tables).toContain("activities_2021_05");
  expect(await send([{ ...old, external_id: "new" }], { now })).toEqual({ ...nothing, accepted: 1 });
});

test("names are looked up by their hashes, however many an organisation has sent", async () => {
  const { org_id, actor, send } = await makeSender(application.db);
  await send(people, { now });
  await database.pool.query(
    `insert into external_ids (org_id, kind, source, key_hash, id)
    select $1, 'user', 'import', sha256(i::text::bytea), gen_random_uuid() from generate_series(1, 20000) i`,
    [org_id],
  );
  await database.pool.query(
    "insert into tombstones (org_id, key_hash, erased_at) select org_id, key_hash, now() from external_ids where org_id = $1",
    [org_id],
  );
  await database.pool.query("analyze external_ids, tombstones");
  const hashes = Array.from({ length: 100 }, (_, i) => createHash("sha256").update(String(i)).digest());
  const { text, values } = findReferences({
    org_id,
    source: "import",
    kinds: hashes.map(() => "user"),
    hashes,
    emails: [],
    people: [],
    twins: [],
    tombstones: hashes,
  });
  const plans = await inTenant(application.db, actor, (tx) => tx.query({ text: `explain ${text}`, values: values! }));
  const lines = plans.map((row) => (row as { "QUERY PLAN": string })["QUERY PLAN"]);
  expect(lines.filter((line) => /Index Cond: .*key_hash = k_\d\.key_hash/.test(line))).toHaveLength(2);
});
