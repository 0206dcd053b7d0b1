import { receiptFigures } from "@twin/contracts/receipts";
import { expect, test } from "vitest";
import { differences, makeBusyOrganization, now } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, makeSender, people, useApplication } from "../../../test/ingesting.ts";
import { beginJobRun } from "../../jobs/record.ts";
import { readMetrics } from "../metrics/read.ts";
import { rollupOrganization } from "../rollup.ts";
import { readProvenance } from "./read.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

test("of every figure of every day the number from raw rows is the stored one", async () => {
  const sender = await makeBusyOrganization(application.db, 3);
  const { rejected } = await sender.send(
    [
      { type: "installation", twin: "t1", platform: "slack", installed_at: "2026-03-02T08:00:00Z" },
      {
        type: "session",
        external_id: "s1",
        user: "u2",
        twin: "t2",
        platform: "web",
        started_at: "2026-03-02T08:00:00Z",
        ended_at: "2026-03-02T08:10:30Z",
      },
      {
        type: "activity",
        external_id: "q1",
        user: "u1",
        twin: "t2",
        activity_type: "query",
        platform: "web",
        started_at: "2026-03-02T09:00:00Z",
        query: { query_text: "Where?" },
      },
      {
        type: "activity",
        external_id: "d1",
        user: "u1",
        twin: "t1",
        activity_type: "document",
        platform: "web",
        started_at: "2026-03-02T09:00:00Z",
        document: { title: "Draft" },
      },
    ],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  expect(await differences(application.db, sender.org_id)).toEqual([]);
  for (const day of ["2026-01-05", "2026-02-01", "2026-03-01", "2026-03-02", "2026-03-03", "2026-04-10"]) {
    for (const figure of receiptFigures) {
      const receipt = await readProvenance(
        application.db,
        sender.actor,
        { start_date: day, end_date: day, figure },
        now,
      );
      expect(receipt.recomputed, `${figure} of ${day}`).toEqual(receipt.value);
    }
  }
  const read = async (figure: (typeof receiptFigures)[number]) => {
    const { value, sources } = await readProvenance(
      application.db,
      sender.actor,
      { start_date: "2026-03-02", end_date: "2026-03-02", figure },
      now,
    );
    return [value, ...sources.map(({ table, rows }) => `${table} ${rows}`)];
  };
  expect(await read("total_active_users")).toEqual([2, "sessions 5"]);
  expect(await read("platform_breakdown")).toEqual([{ slack: 2, web: 3 }, "sessions 5"]);
  expect(await read("avg_session_duration_seconds")).toEqual([126, "sessions 5"]);
  expect(await read("total_messages")).toEqual([4, "messages 4"]);
  expect(await read("total_queries")).toEqual([1, "queries 1"]);
  expect(await read("total_shared_interactions")).toEqual([2, "shared_twin_interactions 2"]);
  expect(await read("total_twin_installations")).toEqual([1, "twin_installations 1"]);
});

test("it names the run that wrote the figure, when, and when its last record came in", async () => {
  const sender = await makeBusyOrganization(application.db, 2);
  const actor = systemOf(sender.org_id);
  const job = { task: "metrics/rollup", key: null, payload: {}, attempt: 1 };
  const id = (await beginJobRun(application.db, actor, job, now))!;
  const received = new Date("2026-04-10T12:30:00.000Z");
  await sender.send([conversation("late", "2026-03-02T22:30:00.000Z")], { now: received });
  const before = await readProvenance(
    application.db,
    sender.actor,
    { start_date: "2026-03-02", end_date: "2026-03-02", figure: "total_conversations" },
    now,
  );
  expect(before).toMatchObject({ value: 2, recomputed: 3, job: null });
  await rollupOrganization(application.db, actor, { now, jobRunId: id });
  expect(
    await readProvenance(
      application.db,
      sender.actor,
      { start_date: "2026-03-02", end_date: "2026-03-02", figure: "total_conversations" },
      now,
    ),
  ).toEqual({
    start_date: "2026-03-02",
    end_date: "2026-03-02",
    figure: "total_conversations",
    value: 3,
    recomputed: 3,
    definition: "Activities of the type conversation that started on the day.",
    sources: [{ table: "activities", rows: 3 }],
    from: "2026-03-01T23:00:00.000Z",
    to: "2026-03-02T23:00:00.000Z",
    timezone: "Europe/Berlin",
    not_applied: [],
    computed_at: now.toISOString(),
    job: { id, task: "metrics/rollup", started_at: now.toISOString() },
    days: { live: 0, open: 1, sealed: 0 },
    last_record_at: received.toISOString(),
  });
});

test("today is live, sealed days are final and not computed again, future days are refused", async () => {
  const { org_id, actor } = await makeBusyOrganization(application.db, 3);
  const read = (day: string) =>
    readProvenance(application.db, actor, { start_date: day, end_date: day, figure: "total_messages" }, now);
  expect(await read("2026-04-10")).toMatchObject({
    days: { live: 1, open: 0, sealed: 0 },
    value: 0,
    recomputed: 0,
    computed_at: null,
  });
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T23:00Z', sealed_before = '2026-03-01T23:00Z' where id = $1",
    [org_id],
  );
  await database.pool.query("update daily_metrics set total_messages = 9 where org_id = $1", [org_id]);
  expect(await read("2026-03-01")).toMatchObject({
    days: { live: 0, open: 0, sealed: 1 },
    value: 9,
    recomputed: null,
    sources: [{ table: "messages", rows: 4 }],
  });
  expect(await read("2026-03-02")).toMatchObject({ days: { live: 0, open: 1, sealed: 0 }, value: 9, recomputed: 4 });
  await database.pool.query("delete from messages where org_id = $1", [org_id]);
  expect(await read("2026-03-01")).toMatchObject({ sources: [{ table: "messages", rows: null }] });
  await expect(read("2026-04-11")).rejects.toMatchObject({ code: "BAD_REQUEST", path: "start_date" });
});

test("a figure of several days is that of the page, with how many of them are final", async () => {
  const { org_id, actor } = await makeBusyOrganization(application.db, 6);
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T23:00Z', sealed_before = '2026-03-03T23:00Z' where id = $1",
    [org_id],
  );
  const range = { start_date: "2026-03-01", end_date: "2026-04-10" };
  const { totals, finished } = await readMetrics(application.db, actor, { ...range, interval: "day" }, now);
  for (const figure of receiptFigures.filter((one) => one !== "helpful" && one !== "total_active_users")) {
    const { value } = await readProvenance(application.db, actor, { ...range, figure }, now);
    const shown = figure === "avg_session_duration_seconds" ? finished : totals;
    expect([figure, value]).toEqual([figure, shown[figure]]);
  }
  expect(await readProvenance(application.db, actor, { ...range, figure: "total_active_users" }, now)).toMatchObject({
    ...range,
    value: totals.active_users,
    definition: "People of whom at least one session started in these days, each counted once.",
    from: "2026-02-28T23:00:00.000Z",
    to: "2026-04-10T22:00:00.000Z",
    days: { live: 1, open: 37, sealed: 3 },
    computed_at: now.toISOString(),
    recomputed: null,
  });
  expect(await readProvenance(application.db, actor, { ...range, figure: "helpful" }, now)).toMatchObject({
    value: { yes: 0, no: 0 },
    sources: [{ table: "shared_twin_interactions", rows: 0 }],
  });
});

test("means and shares leave today out, and a mean of nothing but today is of today", async () => {
  const sender = await makeSender(application.db);
  const actor = systemOf(sender.org_id);
  const asked = (external_id: string, day: string, was_helpful: boolean, seconds: number) => [
    {
      type: "session",
      external_id: `s${external_id}`,
      user: "u2",
      platform: "slack",
      started_at: `${day}T08:00:00Z`,
      ended_at: new Date(Date.parse(`${day}T08:00:00Z`) + seconds * 1_000).toISOString(),
    },
    {
      type: "activity",
      external_id,
      user: "u2",
      twin: "t1",
      session: `s${external_id}`,
      activity_type: "query",
      platform: "slack",
      started_at: `${day}T08:00:00Z`,
      shared: { was_helpful },
    },
  ];
  const { rejected } = await sender.send(
    [...people, ...asked("a", "2026-04-09", true, 60), ...asked("b", "2026-04-10", false, 600)],
    { now },
  );
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, actor, { now });
  const range = { start_date: "2026-04-08", end_date: "2026-04-10" };
  const today = { start_date: "2026-04-10", end_date: "2026-04-10" };
  const { totals, finished } = await readMetrics(application.db, actor, { ...range, interval: "week" }, now);
  expect([totals, finished].map((row) => row.avg_session_duration_seconds)).toEqual([330, 60]);
  const value = async (days: typeof range, figure: "avg_session_duration_seconds" | "helpful") =>
    (await readProvenance(application.db, actor, { ...days, figure }, now)).value;
  expect(await value(range, "avg_session_duration_seconds")).toBe(60);
  expect(await value(range, "helpful")).toEqual({ yes: 1, no: 0 });
  expect(await value(today, "avg_session_duration_seconds")).toBe(600);
  expect(await value(today, "helpful")).toEqual({ yes: 0, no: 1 });
});
