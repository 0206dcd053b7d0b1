import { readFileSync } from "node:fs";
import { MetricsInput } from "@twin/contracts/metrics";
import { receiptFigures } from "@twin/contracts/receipts";
import { RetentionInput } from "@twin/contracts/retention";
import { beforeAll, expect, test } from "vitest";
import { readEngagement } from "../src/figures/engagement/read.ts";
import { readFeatures } from "../src/figures/features/usage.ts";
import { readBreakdowns } from "../src/figures/metrics/breakdowns.ts";
import { readMetrics } from "../src/figures/metrics/read.ts";
import { refreshViews } from "../src/figures/refresh-views.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { readRetention } from "../src/figures/retention/read.ts";
import { type Analyst, useAnalysts } from "./analysts.ts";
import { useDatabase } from "./database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "./ingesting.ts";
import { systemOf } from "./actors.ts";

const page = readFileSync(new URL("../../../docs/METRICS.md", import.meta.url), "utf8");
/** The page's queries, by the name in their first line. */
const queries = new Map(
  [...page.matchAll(/^```sql\n-- (.+)\n([\s\S]+?)^```$/gm)].map(([, name, text]) => [name!, text!] as const),
);

const database = useDatabase();
const application = useApplication(database);
const makeAnalyst = useAnalysts(database);
const zone = "America/New_York";
const now = new Date("2026-04-15T16:00:00Z");
const range = { start_date: "2026-03-04", end_date: "2026-04-07" };

let sender: Sender;
let analyst: Analyst;
const run = (name: string) =>
  analyst.ask(
    queries
      .get(name)!
      .replaceAll(/:('(?:start|end)_date')/g, (_, key: string) => `'${range[key.slice(1, -1) as keyof typeof range]}'`),
    zone,
  );

/** Three people over ten weeks, with every kind of activity on both sides of midnight, where clocks change, and where nobody came. */
beforeAll(async () => {
  sender = await makeSender(application.db, zone);
  const parts = { query: { query_text: "Where?", results_count: 1 }, document: { title: "Plan", content: "…" } };
  const records: object[] = [
    ...people,
    {
      type: "user",
      external_id: "u3",
      email: "ann@acme.example",
      full_name: "Ann",
      created_at: "2026-03-09T02:00:00Z",
    },
    { type: "installation", twin: "t1", platform: "slack", installed_at: "2026-02-20T12:00:00Z" },
    {
      type: "installation",
      twin: "t2",
      platform: "web",
      installed_at: "2026-03-20T12:00:00Z",
      uninstalled_at: "2026-04-01T12:00:00Z",
    },
  ];
  for (let day = 0; day < 70; day++) {
    if (day % 7 === 3 || (day > 30 && day < 40)) continue;
    const at = (time: string) => `${new Date(Date.UTC(2026, 1, 2 + day)).toISOString().slice(0, 10)}T${time}Z`;
    records.push({ ...conversation(`a${day}`, at("04:59:30.000")), duration_seconds: day + 1, ended_at: undefined });
    if (day % 3 === 0)
      records.push({ ...conversation(`b${day}`, at("15:00:00.000")), user: "u2", twin: "t2", platform: "web" });
    if (day % 5 === 0 && day > 40)
      for (const activity_type of ["query", "document"] as const)
        records.push({
          type: "activity",
          external_id: `${activity_type}${day}`,
          user: "u3",
          twin: "t1",
          activity_type,
          started_at: at("16:10:00.000"),
          platform: "slack",
          [activity_type]: parts[activity_type],
          shared: { was_helpful: day % 10 === 0 },
        });
    if (day % 4 === 0)
      records.push({
        type: "session",
        external_id: `s${day}`,
        user: "u2",
        platform: "web",
        started_at: at("18:00:00.000"),
        ...(day % 8 === 0 && { ended_at: at(`18:0${day % 9}:30.000`) }),
      });
  }
  const { rejected } = await sender.send(records, { now });
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  await refreshViews(application.db, systemOf(sender.org_id));
  analyst = await makeAnalyst(sender.org_id);
});

test("every figure that can be asked about has a section and a query of its own", () => {
  for (const figure of receiptFigures) {
    expect(page).toContain(`\n### ${figure}\n`);
    expect([...queries.keys()]).toContain(figure);
  }
  expect(page.match(/^```sql$/gm)).toHaveLength(queries.size);
});

test("every query of the page runs and answers", async () => {
  for (const name of queries.keys()) expect((await run(name)).length, name).toBeGreaterThan(0);
});

test("the figures of days are those of the API", async () => {
  const { days } = await readMetrics(application.db, sender.actor, { ...range, interval: "day" }, now);
  for (const figure of receiptFigures.filter((name) => name !== "helpful")) {
    const values = new Map(
      (
        await analyst.ask(
          `select metric_date::text as day, to_jsonb(${figure}) as value from (${queries
            .get(figure)!
            .replaceAll(
              /:('(?:start|end)_date')/g,
              (_, key: string) => `'${range[key.slice(1, -1) as keyof typeof range]}'`,
            )
            .replace(/;\s*$/, "")}) q`,
          zone,
        )
      ).map(({ day, value }) => [day, value]),
    );
    const nothing = figure === "platform_breakdown" ? {} : 0;
    expect(
      days.map((day) => [day.metric_date, values.get(day.metric_date) ?? nothing]),
      figure,
    ).toEqual(days.map((day) => [day.metric_date, day[figure as keyof typeof day]]));
    if (figure !== "new_users") expect(values.size, figure).toBeGreaterThan(1);
  }
});

test("people of a range, of departments and of the range before are those of the API", async () => {
  const read = (extra: object = {}) =>
    readMetrics(application.db, sender.actor, MetricsInput.parse({ ...range, interval: "week", ...extra }), now);
  const answer = await read({ compare: "previous" });
  const { active_users } = answer.totals;
  expect(active_users).toBe(3);
  expect(await run("active_users")).toEqual([{ active_users }]);
  expect(await run("active_users of sessions that are still kept")).toEqual([{ active_users }]);
  expect(await run("compared")).toEqual([{ current: active_users, previous: answer.previous!.totals.active_users }]);
  const departments = await run("active_users by department");
  expect(departments.map(({ department }) => department)).toEqual(["(none)", "Engineering", "Product"]);
  for (const { department, active_users: users } of departments.slice(1))
    expect((await read({ department })).totals.active_users).toBe(users);
  expect((await run("weeks")).map(({ week: _week, ...week }) => week)).toEqual(
    answer.days.map(({ total_active_users, total_messages, total_sessions }) => ({
      total_active_users,
      total_messages,
      total_sessions,
    })),
  );
});

test("answers, features, engagement and retention are those of the API", async () => {
  const { db } = application;
  const { features } = await readFeatures(db, sender.actor, range, now);
  expect(features).toHaveLength(4);
  expect(await run("features")).toEqual(
    features.map(({ feature_name, total_usage, users, adoption }) => ({ feature_name, total_usage, users, adoption })),
  );
  const [helpful] = await run("helpful");
  expect(Number(helpful!.yes) + Number(helpful!.no)).toBeGreaterThan(3);
  expect(await readBreakdowns(db, sender.actor, range, now)).toMatchObject({ helpful });

  const engagement = await readEngagement(db, sender.actor, { ...range, interval: "week" }, now);
  const dates = (rows: Record<string, unknown>[]) => rows.map(({ date: _date, ...row }) => row);
  expect(dates(await run("dau, wau, mau"))).toEqual(engagement.days.map(({ dau, wau, mau }) => ({ dau, wau, mau })));
  const weeks = engagement.lifecycle.filter((week) => week.new + week.returning + week.resurrecting - week.dormant > 0);
  expect(dates(await run("lifecycle by week"))).toEqual(
    weeks.map(({ new: fresh, returning, resurrecting, dormant }) => ({ new: fresh, returning, resurrecting, dormant })),
  );

  const retention = await readRetention(db, sender.actor, RetentionInput.parse({ ...range, period: "week" }), now);
  const [rates] = await run("day_1, day_7, day_30");
  for (const day of ["day_1", "day_7", "day_30"] as const)
    expect([rates![`${day}_retained`], rates![`${day}_eligible`]], day).toEqual([
      retention[day].retained,
      retention[day].eligible,
    ]);
  const cells = retention.cohorts.flatMap(({ cells: row }) =>
    row.map(({ period, retained }) => ({ period, retained })),
  );
  expect((await run("cohorts by week")).map(({ period, retained }) => ({ period, retained }))).toEqual(
    cells.filter(({ retained }) => retained > 0),
  );
});

test("monthly stats of the raw rows are those of the view", async () => {
  expect(await run("monthly stats")).toEqual(
    await analyst.ask(
      "select user_id, month, session_count, activity_count from mv_monthly_user_stats order by 1, 2",
      zone,
    ),
  );
});
