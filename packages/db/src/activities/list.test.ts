import { beforeAll, expect, test } from "vitest";
import { permissionsOf } from "@twin/contracts/vocabulary";
import { ActivitiesInput } from "@twin/contracts/activities";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import { readRange, selectionOf } from "./filter.ts";
import { listActivities, activitiesPage } from "./list.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-20T12:00:00Z");
const types = ["conversation", "query", "document", "shared"] as const;
const platforms = ["slack", "web", "teams"];
let sender: Sender;
let analyst: Actor;

const activity = (i: number, started_at: string, extra: object = {}) => ({
  type: "activity",
  external_id: `a${i}`,
  user: i % 3 ? "u1" : "u2",
  twin: i % 5 ? "t1" : "t2",
  activity_type: types[i % 4],
  started_at,
  platform: platforms[i % 3],
  ...extra,
});
const minute = (i: number) => new Date(Date.parse("2026-03-10T00:00:00Z") + i * 60_000).toISOString();

beforeAll(async () => {
  sender = await makeSender(app.db, "Europe/Berlin");
  const account_id = "00000000-0000-4000-8000-000000000001";
  analyst = {
    kind: "member",
    org_id: sender.org_id,
    account_id,
    name: "Ann",
    role: "analyst",
    permissions: permissionsOf("analyst"),
    request_id: "test",
  };
  // Three begin in one millisecond: their order is by id alone.
  const records = Array.from({ length: 120 }, (_, i) => activity(i, minute(i - (i % 3))));
  const { rejected } = await sender.send([...people, ...records], { now });
  expect(rejected).toEqual([]);
});

const list = (input: object = {}, actor = analyst, at = now) =>
  listActivities(app.db, actor, ActivitiesInput.parse(input), at);
const ids = (page: Awaited<ReturnType<typeof list>>) => page.items.map(({ id }) => id);

async function walk(input: object, from?: string): Promise<string[]> {
  const seen: string[] = [];
  for (let cursor = from; ;) {
    const page = await list({ ...input, ...(cursor && { cursor }) });
    seen.push(...ids(page));
    if (!page.next_cursor) return seen;
    cursor = page.next_cursor;
  }
}

test("newest first, each once, by page number and by cursor alike", async () => {
  const all = ids(await list({ limit: 200 }));
  expect(all).toEqual([...all].sort().reverse());
  expect(all).toHaveLength(120);
  for (const limit of [1, 7, 50, 120]) {
    const pages: string[] = [];
    for (let page = 1; page <= Math.ceil(120 / limit); page++) pages.push(...ids(await list({ page, limit })));
    expect(pages).toEqual(all);
    if (limit > 1) expect(await walk({ limit })).toEqual(all);
  }
  expect(await list({ page: 4, limit: 50 })).toMatchObject({
    items: [],
    next_cursor: null,
    total: 120,
    total_is_exact: true,
  });
});

test("prev_cursor leads back over the same pages", async () => {
  const all = ids(await list({ limit: 200 }));
  const last = await list({ page: 4, limit: 30 });
  const back = [ids(last)];
  for (let cursor = last.prev_cursor; cursor;) {
    const page = await list({ limit: 30, cursor });
    back.unshift(ids(page));
    cursor = page.prev_cursor;
  }
  expect(back.flat()).toEqual(all);
  expect(back).toHaveLength(4);
});

test("no row is lost or doubled while others arrive between the pages", async () => {
  const before = ids(await list({ limit: 200 }));
  const first = await list({ limit: 20 });
  const seen = ids(first);
  let arrived = 0;
  for (let cursor = first.next_cursor; cursor;) {
    // One newer than all, and one among the rows that were read already.
    await sender.send(
      [activity(1_000 + arrived, minute(500 + arrived)), activity(2_000 + arrived, minute(119 - arrived))],
      { now },
    );
    arrived++;
    const page = await list({ limit: 20, cursor });
    seen.push(...ids(page));
    cursor = page.next_cursor;
  }
  expect(arrived).toBeGreaterThan(3);
  expect(new Set(seen).size).toBe(seen.length);
  expect(before.filter((id) => !seen.includes(id))).toEqual([]);
});

test("filters: types, platforms, department, and a person by any of their names", async () => {
  const every = (await list({ limit: 200 })).items;
  const expectAs = async (input: object, keep: (item: (typeof every)[number]) => boolean) => {
    const page = await list({ limit: 200, ...input });
    const wanted = every.filter(keep);
    expect(ids(page)).toEqual(wanted.map(({ id }) => id));
    expect(page.total).toBe(wanted.length);
    expect(wanted.length).toBeGreaterThan(0);
  };
  await expectAs(
    { type: "query,document" },
    ({ activity_type }) => activity_type === "query" || activity_type === "document",
  );
  await expectAs({ platform: "web" }, ({ platform }) => platform === "web");
  const sarahs = every.find(({ user_name }) => user_name === "Sarah Chen")!;
  for (const user of ["u1", "SARAH.CHEN@acme.example", sarahs.user_id!]) {
    await expectAs({ user }, ({ user_name }) => user_name === "Sarah Chen");
  }
  await expectAs({ department: "Product" }, ({ user_name }) => user_name === "Mike Johnson");
  await expectAs(
    { twin: "t2", type: "conversation" },
    ({ twin_name, activity_type }) => twin_name === "Mike's Twin" && activity_type === "conversation",
  );
  await expect(list({ user: "nobody" })).rejects.toThrow("no user is known as “nobody”");
  await expect(list({ twin: sarahs.user_id! })).rejects.toThrow("no twin is known");
  // A key knows its own source alone.
  const other = { ...sender.actor, source: "other" } as Actor;
  await expect(list({ user: "u1" }, other)).rejects.toThrow("no user is known as “u1”");
});

test("the activities of one session are its own", async () => {
  const { send, org_id, actor } = await makeSender(app.db, "UTC");
  const session = (external_id: string) => ({
    type: "session",
    external_id,
    user: "u1",
    platform: "web",
    started_at: minute(0),
  });
  const records = ["s1", "s2", "s1"].map((of, i) => activity(3 * i + 1, minute(i), { platform: "web", session: of }));
  expect((await send([...people, session("s1"), session("s2"), ...records], { now })).rejected).toEqual([]);
  const { rows } = await database.pool.query<{ session_id: string; of: string[] }>(
    "select session_id, array_agg(id order by id desc) as of from activities where org_id = $1 group by 1",
    [org_id],
  );
  expect(rows.map(({ of }) => of.length).sort()).toEqual([1, 2]);
  for (const { session_id, of } of rows) {
    const page = await list({ session: session_id }, { ...analyst, org_id: actor.org_id } as Actor);
    expect([ids(page), page.total]).toEqual([of, of.length]);
  }
});

test("a name that two senders give to different people is refused; the id of one is not", async () => {
  const two = await makeSender(app.db, "UTC");
  await two.send([...people, activity(1, minute(1))], { now });
  await two.send([{ ...people[0], email: "sasha@acme.example", created_at: minute(0) }], { source: "other", now });
  const reader = { ...analyst, org_id: two.org_id } as Actor;
  await expect(list({ user: "u1" }, reader)).rejects.toThrow("several senders call a user “u1”: give the id of one");
  expect((await list({ user: "sarah.chen@acme.example" }, reader)).total).toBe(1);
  expect((await list({ user: "u2" }, reader)).total).toBe(0);
});

test("days are the organisation's own, and without dates they are the last 28 with today", async () => {
  const edges = [
    "2026-02-20T22:59:59.999Z",
    "2026-02-20T23:00:00.000Z",
    "2026-03-28T22:59:59.999Z",
    "2026-03-28T23:00:00.000Z",
    "2026-03-29T21:59:59.999Z",
    "2026-03-29T22:00:00.000Z",
  ];
  await sender.send(
    edges.map((at, i) => activity(9_000 + i, at, { platform: "edge" })),
    { now: new Date("2026-04-01T00:00:00Z") },
  );
  const times = async (input: object, at = now) =>
    (await list({ platform: "edge", ...input }, analyst, at)).items.map(({ started_at }) => started_at).reverse();
  const april = new Date("2026-04-01T12:00:00Z");
  expect(await times({ start_date: "2026-02-21", end_date: "2026-02-21" })).toEqual([edges[1]]);
  // The clocks go forward on 29 March: the day has 23 hours.
  expect(await times({ start_date: "2026-03-29", end_date: "2026-03-29" }, april)).toEqual([edges[3], edges[4]]);
  expect(await times({})).toEqual([edges[1]]);
  expect(await times({ start_date: "2026-01-01", end_date: "2026-04-01" }, april)).toEqual(edges);
});

test("viewers get masked addresses; a deleted person is a Deleted user without one", async () => {
  const viewer = { ...analyst, role: "viewer", permissions: permissionsOf("viewer") } as Actor;
  const masked = await list({ limit: 200 }, viewer);
  expect(new Set(masked.items.map(({ user_email }) => user_email))).toEqual(
    new Set(["s•••@acme.example", "m•••@acme.example"]),
  );
  await database.pool.query("update users set deleted_at = now() where org_id = $1 and email_key like 'mike%'", [
    sender.org_id,
  ]);
  const after = await list({ limit: 200 });
  expect(after.total).toBe(masked.total);
  const gone = after.items.filter(({ user_id }) => user_id === null);
  expect(gone.length).toBeGreaterThan(0);
  for (const item of gone) expect(item).toMatchObject({ user_name: "Deleted user", user_email: null });
  await expect(list({ user: "mike.johnson@acme.example" })).rejects.toThrow("no user is known");
});

test("more than 10,000 are counted no further, and reached by cursor", async () => {
  const { rows } = await database.pool.query<{ user_id: string; twin_id: string }>(
    "select user_id, id as twin_id from twins where org_id = $1 limit 1",
    [sender.org_id],
  );
  await database.pool.query(
    `insert into activities (org_id, id, user_id, twin_id, activity_type, started_at, platform)
     select $1, overlay(uuid_floor(t)::text placing lpad(to_hex(i), 12, '0') from 25)::uuid, $2, $3, 'query', t, 'bulk'
     from generate_series(1, 10100) i, lateral (select timestamptz '2026-03-12T00:00:00Z' + i * interval '1 second' as t) at`,
    [sender.org_id, rows[0]!.user_id, rows[0]!.twin_id],
  );
  const deepest = await list({ platform: "bulk", page: 50, limit: 200 });
  expect(deepest).toMatchObject({ total: 10_000, total_is_exact: false });
  expect(deepest.items).toHaveLength(200);
  expect(await walk({ platform: "bulk", limit: 200 }, deepest.next_cursor!)).toHaveLength(100);
});

type Plan = {
  "Node Type": string;
  "Actual Rows": number;
  "Actual Loops": number;
  "Relation Name"?: string;
  "Index Name"?: string;
  Plans?: Plan[];
};
const nodesOf = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodesOf)];

/** What the statement of a page is, and which nodes of its plan read a table, with how many rows. */
const explain = (input: object, cursor: Parameters<typeof activitiesPage>[1] = null) =>
  inTenant(app.db, analyst, async (tx) => {
    const asked = ActivitiesInput.parse({ start_date: "2026-01-01", end_date: "2026-12-31", limit: 50, ...input });
    const range = await readRange(tx, asked, new Date("2026-12-31T12:00:00Z"));
    const { text, values } = activitiesPage(await selectionOf(tx, analyst, asked, range), cursor, asked);
    const [row] = await tx.query<{ "QUERY PLAN": [{ Plan: Plan }] }>({
      text: `explain (analyze, format json) ${text}`,
      values: values!,
    });
    const nodes = nodesOf(row!["QUERY PLAN"][0].Plan).filter(
      (node) => node["Relation Name"] && node["Actual Loops"] > 0,
    );
    return { text, nodes, read: nodes.reduce((sum, node) => sum + node["Actual Rows"] * node["Actual Loops"], 0) };
  });

test("a page walks an index backwards and reads no more rows than it shows, however many there are", async () => {
  await database.pool.query("vacuum analyze activities");
  const middle = (await list({ platform: "bulk", limit: 1, page: 5_000 })).items[0]!.id;
  for (const cursor of [null, { towards: "older", id: middle }, { towards: "newer", id: middle }] as const) {
    const { nodes, read } = await explain({}, cursor);
    for (const node of nodes) expect(node["Node Type"]).toMatch(/^Index( Only)? Scan$/);
    expect(read).toBeLessThanOrEqual(51);
  }
  const narrowed = await explain(
    { platform: "web", user: "u1", type: "query", department: "Engineering" },
    { towards: "older", id: middle },
  );
  expect(narrowed.text).toMatchInlineSnapshot(
    `"select a.id from activities a where a.org_id = (select $1::int) and a.id >= $2::uuid and a.id < $3::uuid and a.activity_type = $4 and a.platform = $5 and a.user_id = $6 and a.user_id in (select u.id from users u where u.org_id = (select $7::int) and u.department = $8) and a.id < $9::uuid order by a.id desc limit $10"`,
  );
  for (const node of narrowed.nodes.filter((one) => one["Relation Name"] === "activities_2026_03"))
    expect(node["Node Type"]).toMatch(/Index/);
});

test("an hour of a weekday reads a page of each such hour at most, and nothing between them", async () => {
  // The bulk lies on the 12th, a Thursday, from 1:00 to 3:48 in Berlin: 3,600 an hour.
  // Its page and one more are 6 rows, read in 4 loops; PostgreSQL 15 tells whole rows a loop, and so makes 8 of them.
  for (const [weekday_hour, most] of [
    ["thu-2", 8],
    ["thu-12", 0],
    ["fri-2", 0],
  ] as const) {
    const { nodes, read } = await explain({ weekday_hour, limit: 5 });
    expect(read).toBeLessThanOrEqual(most);
    for (const node of nodes.filter((one) => one["Relation Name"] === "activities_2026_03"))
      expect(node["Node Type"]).toMatch(/^Index( Only)? Scan$/);
  }
});

test("records of a feature are walked along their key, and only as far as a page shows", async () => {
  await database.pool.query(
    "insert into queries (org_id, activity_id, user_id, created_at) select org_id, id, user_id, started_at from activities where platform = 'bulk'",
  );
  await database.pool.query("vacuum analyze queries");
  const { nodes, read } = await explain({ feature: "info_retrieved" });
  for (const node of nodes.filter((one) => one["Relation Name"]!.endsWith("2026_03")))
    expect(node["Node Type"]).toMatch(/^Index( Only)? Scan$/);
  expect(read).toBeLessThan(3 * 51);
});
