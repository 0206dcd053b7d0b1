import { ActivitiesInput } from "@twin/contracts/activities";
import { FeatureEventsInput, FeaturesInput } from "@twin/contracts/features";
import type { Unlisted } from "@twin/contracts/lists";
import { MetricsInput } from "@twin/contracts/metrics";
import { SessionsInput } from "@twin/contracts/sessions";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { askAtOnce, memoryLedger } from "../../test/erasing.ts";
import { readerOf } from "../../test/figures/active-days.ts";
import { makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import { listActivities } from "./list.ts";
import { eraseDue } from "../privacy/erasures/run.ts";
import { listFeatureEvents } from "./list-uses.ts";
import { readFeatures } from "../figures/features/usage.ts";
import { runLifecycle } from "../lifecycle/run.ts";
import { readMetrics } from "../figures/metrics/read.ts";
import { rollupOrganization } from "../figures/rollup.ts";
import { listSessions } from "./list-sessions.ts";
import { listUserSessions } from "./list-user-sessions.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-05-20T12:00:00Z");
const later = new Date("2026-06-20T12:00:00Z");
const departments = ["Engineering", "Product", "", undefined];
const platforms = ["slack", "web", "teams"];
let sender: Sender;

/** The same series of numbers below `most` in every run. */
let seed = 11;
const random = (most: number) => {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed % most;
};

/** Conversations that go on for up to two days, in which others join in, over midnight in Kathmandu and everywhere. */
function talk(index: number) {
  const start = Date.parse("2026-04-01T00:00:00Z") + random(45 * 24 * 60) * 60_000;
  const [user, twin, platform] = [random(4), random(4), platforms[random(3)]!];
  const messages = Array.from({ length: 1 + random(6) }, (_, at) => ({
    external_id: `a${index}-${at}`,
    ...(random(3) === 0 ? { sender_type: "twin" } : { sender_type: "user", user: `u${random(4) ? user : random(4)}` }),
    content: "…",
    created_at: new Date(start + at * random(9) * 3_600_000).toISOString(),
  }));
  return {
    type: "activity",
    external_id: `a${index}`,
    user: `u${user}`,
    twin: `t${twin}`,
    activity_type: "conversation",
    platform,
    started_at: new Date(start).toISOString(),
    conversation: { title: "Talk", messages },
  };
}

/** Within half an hour: one session holds both. */
const twice = (one: ReturnType<typeof talk>) => [
  one,
  {
    ...one,
    external_id: `${one.external_id}b`,
    started_at: new Date(Date.parse(one.started_at) + 600_000).toISOString(),
    conversation: { title: "Again", messages: [] },
  },
];

const session = (index: number) => {
  const start = Date.parse("2026-04-01T00:00:00Z") + random(45 * 24 * 60) * 60_000;
  return {
    type: "session",
    external_id: `s${index}`,
    user: `u${random(4)}`,
    ...(random(2) && { twin: `t${random(4)}` }),
    platform: platforms[random(3)],
    started_at: new Date(start).toISOString(),
    ended_at: new Date(start + random(90) * 60_000).toISOString(),
  };
};

const feature = (index: number) => ({
  type: "feature",
  external_id: `f${index}`,
  user: `u${random(4)}`,
  feature_name: ["handoff", "calendar_lookup"][random(2)],
  used_at: new Date(Date.parse("2026-04-01T00:00:00Z") + random(45 * 24 * 60) * 60_000).toISOString(),
  count: 1 + random(3),
});

beforeAll(async () => {
  sender = await makeSender(application.db, "Asia/Kathmandu");
  const created_at = "2026-03-01T00:00:00Z";
  const known = departments.flatMap((department, at) => [
    {
      type: "user",
      external_id: `u${at}`,
      email: `u${at}@acme.example`,
      full_name: `U ${at}`,
      ...(department !== undefined && { department }),
      created_at,
    },
    { type: "twin", external_id: `t${at}`, user: `u${at}`, name: `T ${at}`, created_at },
  ]);
  const records = [
    ...Array.from({ length: 120 }, (_, index) => session(index)),
    ...Array.from({ length: 160 }, (_, index) => talk(index)).flatMap((one, index) => (index % 4 ? [one] : twice(one))),
    ...Array.from({ length: 80 }, (_, index) => feature(index)),
  ];
  expect((await sender.send([...known, ...records], { now })).rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
});

const reader = () => readerOf(sender.org_id);
const db = () => application.db;
const ranges = [
  { start_date: "2026-04-01", end_date: "2026-05-18" },
  { start_date: "2026-04-20", end_date: "2026-04-20" },
  { start_date: "2026-04-11", end_date: "2026-05-02" },
];
const ofPeople = [
  {},
  { department: "Engineering" },
  { department: "(none)" },
  { department_not: "Product" },
  { user: "u1" },
];
const filters = [
  ...ofPeople,
  { platform: "slack,web" },
  { platform_not: "slack", department: "Product" },
  { twin: "t2" },
  { twin_not: "t2", user_not: "u0" },
];
const cases = (narrowed: object[]) => ranges.flatMap((range) => narrowed.map((filter) => ({ ...range, ...filter })));

type Page = { items: { id: string }[]; next_cursor: string | null; prev_cursor: string | null; total: number };
/** All that a list shows, cursor by cursor, and back again. */
async function walk<P extends Page>(
  read: (more: object) => Promise<P>,
  limit = 70,
): Promise<{ first: P; items: P["items"] }> {
  const first = await read({ limit });
  const items: P["items"] = [];
  let last = first;
  for (let page = first; ; page = await read({ limit, cursor: page.next_cursor })) {
    items.push(...page.items);
    last = page;
    if (page.next_cursor === null) break;
  }
  const ids = items.map(({ id }) => id);
  expect(ids).toEqual([...new Set(ids)].sort().reverse());
  if (last.prev_cursor) {
    const before = await read({ limit: 200, cursor: last.prev_cursor });
    expect(before.items.map(({ id }) => id)).toEqual(ids.slice(0, ids.length - last.items.length).slice(-200));
  }
  return { first, items };
}
const gone = (unlisted: Unlisted[]) => unlisted.reduce((sum, { count }) => sum + count, 0);

const sessionsOf = (asked: object, at = now) =>
  walk((more) => listSessions(db(), reader(), SessionsInput.parse({ ...asked, ...more }), at));
const messagesOf = (asked: object, at = now) =>
  walk((more) => listActivities(db(), reader(), ActivitiesInput.parse({ ...asked, ...more }), at));
const metricsOf = async (asked: object, at = now) =>
  (await readMetrics(db(), reader(), MetricsInput.parse(asked), at)).totals;
const usesOf = async (asked: object, feature_name: string, at = now) =>
  (await readFeatures(db(), reader(), FeaturesInput.parse(asked), at)).features.find(
    (one) => one.feature_name === feature_name,
  )?.total_usage ?? 0;

test("sessions: the list is as long as the figure under any range and filter, and shows each once", async () => {
  for (const asked of cases(filters)) {
    const { first, items } = await sessionsOf(asked);
    expect([asked, first.total, items.length]).toEqual([asked, (await metricsOf(asked)).total_sessions, first.total]);
    expect(first).toMatchObject({ total_is_exact: true, unlisted: [] });
  }
  expect((await metricsOf(ranges[0]!)).total_sessions).toBeGreaterThan(200);
});

test("a session leads to the activities of that very session", async () => {
  const { items } = await walk((more) =>
    listSessions(db(), reader(), SessionsInput.parse({ ...ranges[0], ...more }), now),
  );
  let several = 0;
  for (const { id, activities, first_activity_at, last_activity_at } of items) {
    const page = await listActivities(
      db(),
      reader(),
      ActivitiesInput.parse({ start_date: "2026-03-01", end_date: "2026-05-20", session: id }),
      now,
    );
    expect([id, page.total]).toEqual([id, activities]);
    expect([page.items.at(-1)?.started_at ?? null, page.items[0]?.started_at ?? null]).toEqual([
      first_activity_at,
      last_activity_at,
    ]);
    if (activities > 1) several++;
  }
  expect(several).toBeGreaterThan(0);
  const [{ user_id }] = items as { user_id: string }[] as [{ user_id: string }];
  const { sessions } = await listUserSessions(db(), reader(), { user_id, limit: 200 }, now);
  expect(sessions).toEqual(items.filter((one) => (one as { user_id?: string }).user_id === user_id));
});

test("messages: conversations hold as many of the range as the figure counts, also of those that began before it", async () => {
  let before = 0;
  for (const asked of cases(filters)) {
    const { first, items } = await messagesOf({ ...asked, with_messages: "any" });
    const figure = (await metricsOf(asked)).total_messages;
    const written = (items as { messages_in_range: number }[]).reduce((sum, one) => sum + one.messages_in_range, 0);
    expect([asked, first.messages, written, first.total]).toEqual([
      asked,
      { total: figure, total_is_exact: true },
      figure,
      items.length,
    ]);
    const plain = await listActivities(db(), reader(), ActivitiesInput.parse({ ...asked, limit: 200 }), now);
    const begun = new Set(plain.items.map(({ id }) => id));
    before += items.filter(({ id }) => !begun.has(id)).length;
  }
  expect(before).toBeGreaterThan(10);
});

test("messages: what one person wrote in somebody else's conversation is theirs", async () => {
  const asked = { ...ranges[0]!, user: "u1" };
  const { items } = await messagesOf({ ...asked, with_messages: "user" });
  expect(items.some((one) => (one as { user_name?: string }).user_name !== "U 1")).toBe(true);
});

test("questions are messages by people: their conversations hold as many as the feature has uses", async () => {
  for (const asked of cases(ofPeople)) {
    const { first } = await messagesOf({ ...asked, with_messages: "user" });
    expect([asked, first.messages!.total]).toEqual([asked, await usesOf(asked, "question_asked")]);
  }
});

test("uses that senders recorded: the list's events stand for as many as the feature has uses", async () => {
  for (const feature_name of ["handoff", "calendar_lookup"])
    for (const asked of cases(ofPeople)) {
      const { first, items } = await walk((more) =>
        listFeatureEvents(db(), reader(), FeatureEventsInput.parse({ ...asked, ...more, feature_name }), now),
      );
      const stands = (items as { count: number }[]).reduce((sum, { count }) => sum + count, 0);
      const figure = await usesOf(asked, feature_name);
      expect([asked, first.total, stands, first.events]).toEqual([asked, figure, figure, items.length]);
    }
});

test("a filter that a list can't apply is named, and an order of days and records that excludes each other is refused", async () => {
  const list = await listSessions(db(), reader(), SessionsInput.parse({ ...ranges[0], type: "query" }), now);
  expect(list.not_applied).toEqual([{ field: "type", why: "Sessions have no type; the activities in them do." }]);
  const events = await listFeatureEvents(
    db(),
    reader(),
    FeatureEventsInput.parse({ ...ranges[0], feature_name: "handoff", platform: "web", source: "import" }),
    now,
  );
  expect(events.not_applied.map(({ field }) => field)).toEqual(["platform", "source"]);
  for (const other of [{ feature: "info_retrieved" }, { weekday_hour: "mon-3" }])
    expect(ActivitiesInput.safeParse({ with_messages: "any", ...other }).success).toBe(false);
});

test("what is gone by policy or with its person is counted, and the list says of which days and why", async () => {
  for (const [type, count] of [
    ["sessions", 50],
    ["messages", 50],
  ] as const)
    await keep(database.pool, sender.org_id, type, count);
  await keep(database.pool, sender.org_id, "activities", 10, "year");
  const before = await Promise.all(cases([{}]).map((asked) => metricsOf(asked, later)));
  const summarise = async () => ({ text: "…", model: null });
  await runLifecycle(db(), systemOf(sender.org_id), { now: later, summarise });
  await runLifecycle(db(), systemOf(sender.org_id), { now: later, summarise });
  const { rows } = await database.pool.query("select id from users where org_id = $1 and full_name = 'U 0'", [
    sender.org_id,
  ]);
  await askAtOnce(db(), sender.org_id, rows[0].id, "u0@acme.example", later);
  expect(await eraseDue(db(), systemOf(sender.org_id), { now: later, ledger: memoryLedger() })).toMatchObject({
    erased: 1,
  });
  await rollupOrganization(db(), systemOf(sender.org_id), { now: later });

  const [whole] = ranges;
  const sessions = await sessionsOf(whole!, later);
  expect(gone(sessions.first.unlisted)).toBeGreaterThan(20);
  expect(sessions.first.unlisted.map(({ first_day, last_day, why }) => [first_day, last_day, why])).toEqual([
    ["2026-04-01", "2026-04-30", "sessions are kept for 50 days"],
    ["2026-05-01", "2026-05-02", "the people whose they were have been erased"],
  ]);
  const written = await messagesOf({ ...whole, with_messages: "any" }, later);
  expect(written.first.unlisted.map(({ why }) => why)).toContain("messages are kept for 50 days, then summarised");
  for (const [index, asked] of cases([{}]).entries()) {
    const figures = await metricsOf(asked, later);
    // What lies in sealed days stays as it was.
    expect(figures.total_sessions).toBeLessThanOrEqual(before[index]!.total_sessions);
    const list = await sessionsOf(asked, later);
    expect([asked, list.first.total, list.items.length + gone(list.first.unlisted)]).toEqual([
      asked,
      figures.total_sessions,
      figures.total_sessions,
    ]);
    const talks = await messagesOf({ ...asked, with_messages: "any" }, later);
    expect([asked, talks.first.messages!.total]).toEqual([asked, figures.total_messages]);
    const conversations = await messagesOf({ ...asked, type: "conversation" }, later);
    expect([asked, conversations.first.total]).toEqual([asked, figures.total_conversations]);
    expect(conversations.first.total).toBe(conversations.items.length + gone(conversations.first.unlisted));
  }
  const all = await messagesOf(whole!, later);
  expect(all.first.unlisted.map(({ why }) => why)).toEqual(["the people whose they were have been erased"]);
});
