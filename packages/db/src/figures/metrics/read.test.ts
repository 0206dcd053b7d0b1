import { type MetricRow, MetricsInput } from "@twin/contracts/metrics";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../../test/ingesting.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { readFeatures } from "../features/usage.ts";
import { readBreakdowns } from "./breakdowns.ts";
import { readCharts } from "./charts.ts";
import { readMetrics } from "./read.ts";
import { rollupOrganization } from "../rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const member = (org_id: number): Actor => ({
  kind: "member",
  org_id,
  account_id: "a",
  name: "a",
  role: "analyst",
  permissions: ["people.read"],
  request_id: "test",
});

const now = new Date("2026-03-10T12:00:00Z");
let sender: Sender;
let actor: Actor;
beforeAll(async () => {
  sender = await makeSender(application.db);
  actor = member(sender.org_id);
  const system = systemOf(sender.org_id);
  await sender.send(
    [
      ...people,
      conversation("a1", "2026-03-02T10:00:00.000Z"),
      conversation("a2", "2026-03-09T10:00:00.000Z"),
      conversation("a3", "2026-03-10T09:00:00.000Z"),
      {
        type: "activity",
        external_id: "q1",
        user: "u2",
        twin: "t1",
        activity_type: "query",
        platform: "web",
        started_at: "2026-03-09T23:30:00Z",
        shared: { was_helpful: true },
      },
      {
        type: "installation",
        twin: "t1",
        platform: "slack",
        workspace_id: "T1",
        installed_at: "2026-03-05T08:00:00Z",
        uninstalled_at: "2026-03-08T08:00:00Z",
      },
      {
        type: "installation",
        twin: "t2",
        platform: "slack",
        workspace_id: "T1",
        installed_at: "2026-03-06T08:00:00Z",
      },
    ],
    { now },
  );
  await rollupOrganization(application.db, system, { now });
});
const read = (input: object) => readMetrics(application.db, actor, MetricsInput.parse(input), now);
const column = <K extends keyof MetricRow>(rows: MetricRow[], key: K) => rows.map((row) => row[key]);

test("without dates come the last 28 days with today, zero-filled", async () => {
  const answer = await read({});
  expect(answer).toMatchObject({
    timezone: "UTC",
    start_date: "2026-02-11",
    end_date: "2026-03-10",
    today: "2026-03-10",
    sealed_from: null,
  });
  expect(answer.days).toHaveLength(28);
  expect(answer.as_of).not.toBeNull();
  expect(answer.totals).toMatchObject({
    active_users: 2,
    total_sessions: 4,
    total_conversations: 3,
    total_queries: 1,
    platform_breakdown: { slack: 3, web: 1 },
  });
});

test("installations are as they stood at the end of each day", async () => {
  const { days, totals } = await read({ start_date: "2026-03-04", end_date: "2026-03-09" });
  expect(column(days, "total_twin_installations")).toEqual([0, 1, 2, 2, 1, 1]);
  expect(totals.total_twin_installations).toBe(1);
  const slackOfOne = await read({ start_date: "2026-03-04", end_date: "2026-03-09", twin: "t1", platform: "slack" });
  expect(column(slackOfOne.days, "total_twin_installations")).toEqual([0, 1, 1, 1, 0, 0]);
});

test("weeks begin on Monday and months on the 1st, both cut at the range", async () => {
  const weeks = await read({ start_date: "2026-03-03", end_date: "2026-03-10", interval: "week" });
  expect(weeks.days.map((row) => [row.metric_date, row.total_sessions, row.total_active_users])).toEqual([
    ["2026-03-02", 0, 0],
    ["2026-03-09", 3, 2],
  ]);
  const months = await read({ start_date: "2026-02-15", end_date: "2026-03-09", interval: "month" });
  expect(months.days.map((row) => [row.metric_date, row.total_sessions])).toEqual([
    ["2026-02-01", 0],
    ["2026-03-01", 3],
  ]);
});

test("a comparison leaves today out on both sides", async () => {
  const { previous, totals } = await read({ start_date: "2026-03-09", end_date: "2026-03-10", compare: "previous" });
  expect(totals.total_sessions).toBe(3);
  expect(previous).toMatchObject({
    start_date: "2026-03-07",
    end_date: "2026-03-08",
    current: { total_sessions: 2, active_users: 2 },
    totals: { total_sessions: 0 },
  });
  expect(previous!.days).toHaveLength(2);
  const ended = await read({ start_date: "2026-03-09", end_date: "2026-03-09", compare: "previous" });
  expect(ended.previous).toMatchObject({
    start_date: "2026-03-08",
    end_date: "2026-03-08",
    current: { total_sessions: 2 },
  });
  const onlyToday = await read({ start_date: "2026-03-10", end_date: "2026-03-10", compare: "previous" });
  expect(onlyToday.previous).toMatchObject({
    current: { total_sessions: 0, active_users: 0 },
    totals: { total_sessions: 0 },
  });
});

test("unknown people and twins and days to come are refused, naming the field", async () => {
  await expect(read({ user: "nobody" })).rejects.toMatchObject({ code: "BAD_REQUEST", path: "user" });
  await expect(read({ twin: crypto.randomUUID() })).rejects.toMatchObject({ code: "BAD_REQUEST", path: "twin" });
  await expect(read({ start_date: "2026-03-01", end_date: "2026-03-11" })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    path: "end_date",
  });
  await expect(read({ start_date: "2026-03-11", end_date: "2026-03-12" })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    path: "start_date",
  });
});

test("a person is found by external id, by e-mail in any case, and by our id", async () => {
  const { rows } = await database.pool.query<{ id: string }>("select id from users where org_id = $1 and n = 1", [
    sender.org_id,
  ]);
  for (const user of ["u1", "Sarah.Chen@acme.example", rows[0]!.id])
    expect((await read({ user })).totals.total_sessions).toBe(3);
  const masked = { ...actor, permissions: [] } as Actor;
  const byAddress = MetricsInput.parse({ user: "Sarah.Chen@acme.example" });
  await expect(readMetrics(application.db, masked, byAddress, now)).rejects.toMatchObject({
    code: "FORBIDDEN",
    path: "user",
  });
});

test("charts count activities by type", async () => {
  const { buckets } = await readCharts(
    application.db,
    actor,
    { start_date: "2026-03-08", end_date: "2026-03-10", interval: "day" },
    now,
  );
  expect(buckets.map(({ total, conversation: c, query }) => [total, c, query])).toEqual([
    [0, 0, 0],
    [2, 1, 1],
    [1, 1, 0],
  ]);
});

test("charts and rows are cut into the same buckets, and say which days they are of", async () => {
  const range = { start_date: "2026-02-25", end_date: "2026-03-10", interval: "week" } as const;
  const { buckets } = await readCharts(application.db, actor, range, now);
  const cut = buckets.map(({ date, start_date, end_date, complete }) => [date, start_date, end_date, complete]);
  expect(cut).toEqual([
    ["2026-02-23", "2026-02-25", "2026-03-01", false],
    ["2026-03-02", "2026-03-02", "2026-03-08", true],
    ["2026-03-09", "2026-03-09", "2026-03-10", false],
  ]);
  const { days } = await read(range);
  expect(days.map((row) => [row.metric_date, row.start_date, row.end_date, row.complete])).toEqual(cut);
});

test("a week that holds today is compared up to yesterday, and one that begins today not at all", async () => {
  const { previous, days } = await read({
    start_date: "2026-03-03",
    end_date: "2026-03-10",
    interval: "week",
    compare: "previous",
  });
  expect(days.at(-1)).toMatchObject({ metric_date: "2026-03-09", end_date: "2026-03-10", total_sessions: 3 });
  expect(previous!.until_yesterday).toMatchObject({
    metric_date: "2026-03-09",
    start_date: "2026-03-09",
    end_date: "2026-03-09",
    complete: false,
    total_sessions: 2,
    total_active_users: 2,
  });
  expect(previous!.days.map((row) => [row.metric_date, row.end_date, row.total_sessions])).toEqual([
    ["2026-02-23", "2026-02-28", 0],
    ["2026-03-01", "2026-03-01", 0],
  ]);
  const monday = await readMetrics(
    application.db,
    actor,
    { start_date: "2026-03-08", end_date: "2026-03-09", interval: "week", compare: "previous" },
    new Date("2026-03-09T12:00:00Z"),
  );
  expect(monday.previous!.until_yesterday).toBeNull();
  expect(monday.previous!.days.map((row) => [row.start_date, row.end_date])).toEqual([
    ["2026-03-06", "2026-03-06"],
    ["2026-03-07", "2026-03-07"],
  ]);
});

test("features have their share, users and adoption", async () => {
  const { features } = await readFeatures(
    application.db,
    actor,
    { start_date: "2026-03-01", end_date: "2026-03-10" },
    now,
  );
  expect(features.map(({ days: _days, ...feature }) => feature)).toEqual([
    { feature_name: "question_asked", total_usage: 3, share: 0.6, users: 1, adoption: 0.5 },
    { feature_name: "info_retrieved", total_usage: 1, share: 0.2, users: 1, adoption: 0.5 },
    { feature_name: "shared_interaction", total_usage: 1, share: 0.2, users: 1, adoption: 0.5 },
  ]);
  // By day they sum up to the same; a range of more days than one answer holds goes without.
  expect(features.map(({ days }) => [days?.length, days?.reduce((sum, uses) => sum + uses, 0)])).toEqual([
    [10, 3],
    [10, 1],
    [10, 1],
  ]);
  const long = await readFeatures(application.db, actor, { start_date: "2025-01-01", end_date: "2026-03-10" }, now);
  expect(long.features.map(({ days }) => days)).toEqual([null, null, null]);
  const none = await readFeatures(application.db, actor, { start_date: "2026-02-01", end_date: "2026-02-02" }, now);
  expect(none.features).toEqual([]);
});

test("breakdowns tell hours, twins, helpfulness and engagement", async () => {
  const answer = await readBreakdowns(application.db, actor, { start_date: "2026-03-01", end_date: "2026-03-10" }, now);
  expect(answer.hours![0]![10]).toBe(2);
  expect(answer.hours![0]![23]).toBe(1);
  expect(answer.twins.map(({ name, activities }) => [name, activities])).toEqual([["Sarah's Twin", 4]]);
  expect(answer.helpful).toEqual({ yes: 1, no: 0, shared_interactions: 1 });
  expect(answer.helpful_current).toEqual({ yes: 1, no: 0 });
  expect(answer.helpful_previous).toEqual({ yes: 0, no: 0 });
  expect(answer.engagement).toEqual({ date: "2026-03-09", dau: 2, mau: 2, stickiness: 1 });
  expect(answer.helpful_days).toHaveLength(10);
  const ofProduct = await readBreakdowns(
    application.db,
    actor,
    { start_date: "2026-03-01", end_date: "2026-03-10", department: ["Product"] },
    now,
  );
  expect(ofProduct).toMatchObject({ hours: null, engagement: { dau: 1, mau: 1 }, helpful: { yes: 1 } });
});
