import { addDays } from "@twin/contracts/calendar";
import { beforeAll, describe, expect, test } from "vitest";
import { runLifecycle } from "../src/lifecycle/run.ts";
import { readMetrics } from "../src/figures/metrics/read.ts";
import { refreshViews } from "../src/figures/refresh-views.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { type Analyst, useAnalysts } from "./analysts.ts";
import { useDatabase } from "./database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "./ingesting.ts";
import { keep } from "./lifecycle.ts";
import { systemOf } from "./actors.ts";

const database = useDatabase();
const application = useApplication(database);
const makeAnalyst = useAnalysts(database);

/** In whose session a query is asked. */
const sessionZones = ["UTC", "Asia/Tokyo", "America/Los_Angeles"];
const now = new Date();
const daysAgo = (days: number, time = "10:00:00.000Z") =>
  `${new Date(now.getTime() - days * 86_400_000).toISOString().slice(0, 10)}T${time}`;

/** Two people on a few of two hundred days, on both sides of midnight; an installation that begins and ends on quiet days. */
async function makeHistory(zone: string): Promise<Sender> {
  const sender = await makeSender(application.db, zone);
  const at = [200, 199, 150, 120, 95, 94, 60, 31, 30, 29, 8, 7, 1, 0];
  const records = [
    ...people.map((person) => ({ ...person, created_at: daysAgo(200, "00:00:00.000Z") })),
    ...at.flatMap((days) => [
      conversation(`a${days}`, daysAgo(days, "00:10:00.000Z")),
      ...(days % 2 === 0 ? [{ ...conversation(`b${days}`, daysAgo(days, "00:20:00.000Z")), user: "u2" }] : []),
      ...(days > 0 ? [conversation(`c${days}`, daysAgo(days, "23:50:00.000Z"))] : []),
    ]),
    ...[
      { workspace_id: "W1", installed_at: daysAgo(180) },
      { workspace_id: "W2", installed_at: daysAgo(140), uninstalled_at: daysAgo(110) },
    ].map((spell) => ({ type: "installation", twin: "t1", platform: "slack", ...spell })),
  ];
  const { rejected } = await sender.send(records, { now });
  expect(rejected).toEqual([]);
  await rollupOrganization(application.db, systemOf(sender.org_id), { now });
  return sender;
}

describe.each(["Pacific/Kiritimati", "Europe/Berlin", "Pacific/Honolulu"])("an organisation in %s", (zone) => {
  let sender: Sender;
  let analyst: Analyst;
  let today: string;
  let first: string;

  beforeAll(async () => {
    sender = await makeHistory(zone);
    await refreshViews(application.db, systemOf(sender.org_id));
    analyst = await makeAnalyst(sender.org_id);
    const { rows } = await database.pool.query<{ today: string; first: string }>(
      `select to_char(now() at time zone $1, 'YYYY-MM-DD') as today, min(metric_date)::text as first
       from daily_metrics where org_id = $2`,
      [zone, sender.org_id],
    );
    [{ today, first }] = rows as [{ today: string; first: string }];
  });

  test("a month reads as its first in every session, with what the source's view would count in the organisation's zone", async () => {
    // The document's view, over raw rows.
    const expected = await analyst.ask(
      `SELECT user_id, to_char(DATE_TRUNC('month', started_at), 'YYYY-MM-DD HH24:MI') as month,
         COUNT(DISTINCT session_id)::int as session_count, COUNT(*)::int as activity_count
       FROM activities GROUP BY user_id, DATE_TRUNC('month', started_at), 2 ORDER BY 1, 2`,
      zone,
    );
    expect(expected.length).toBeGreaterThan(8);
    for (const session of sessionZones) {
      for (const month of ["month", "date_trunc('month', month)", "month at time zone 'UTC' at time zone 'UTC'"])
        expect(
          await analyst.ask(
            `select user_id, to_char(${month}, 'YYYY-MM-DD HH24:MI') as month, session_count, activity_count
             from mv_monthly_user_stats order by 1, 2`,
            session,
          ),
          `${month} in ${session}`,
        ).toEqual(expected);
    }
    expect(
      await analyst.ask(`select count(*)::int as months from mv_monthly_user_stats
        where month = date_trunc('month', date '${today}')`),
    ).toEqual([
      {
        months: new Set(
          expected.filter(({ month }) => String(month).startsWith(today.slice(0, 7))).map(({ user_id }) => user_id),
        ).size,
      },
    ]);
  });

  test("daily_metrics has every day from the first to today, as the API answers them", async () => {
    const { days } = await readMetrics(
      application.db,
      sender.actor,
      {
        start_date: first,
        end_date: today,
        interval: "day",
      },
      new Date(),
    );
    const { rows } = await database.pool.query<{ stored: number }>(
      "select count(*)::int as stored from daily_metrics where org_id = $1",
      [sender.org_id],
    );
    expect(rows[0]!.stored).toBeLessThan(days.length);
    expect(new Set(days.map((day) => day.total_twin_installations))).toEqual(new Set([0, 1, 2]));
    for (const session of sessionZones) {
      const seen = await analyst.ask(
        "select *, metric_date::text as metric_date from daily_metrics order by daily_metrics.metric_date",
        session,
      );
      const columns = Object.keys(seen[0]!).filter((name) => !["id", "created_at", "updated_at"].includes(name));
      expect(columns).toHaveLength(12);
      const ofColumns = (day: object) => columns.map((name) => [name, (day as Record<string, unknown>)[name]]);
      expect(seen.map(ofColumns)).toEqual(days.map(ofColumns));
      expect(new Set(seen.map(({ id }) => id)).size).toBe(days.length);
    }
  });

  test("active_users says what the API says, and what a count over the sessions of these days says", async () => {
    for (const [from, to] of [
      [first, today],
      [addDays(today, -8), addDays(today, -8)],
      [addDays(today, -31), addDays(today, -30)],
      [addDays(today, -95), addDays(today, -9)],
      [addDays(today, -20), addDays(today, -15)],
    ] as const) {
      const { totals } = await readMetrics(
        application.db,
        sender.actor,
        {
          start_date: from,
          end_date: to,
          interval: "day",
        },
        new Date(),
      );
      const before = addDays(to, 1);
      const active_users = `select active_users('${from}', '${before}')`;
      for (const session of sessionZones)
        expect(await analyst.ask(active_users, session)).toEqual([{ active_users: totals.active_users }]);
      // In the organisation's zone the document's query 1 means the same days.
      expect(
        await analyst.ask(
          `SELECT
    COUNT(DISTINCT user_id) as active_users
FROM sessions
WHERE started_at >= '${from}'
  AND started_at < '${before}';`,
          zone,
        ),
        `${from} to ${to}`,
      ).toEqual([{ active_users: totals.active_users }]);
    }
    await expect(analyst.ask("select active_users(now() - interval '1 day', now())")).rejects.toThrow("does not exist");
  });

  test("the document's queries 4, 5 and 6 answer of the last days, wherever the session is", async () => {
    for (const session of [zone, ...sessionZones]) {
      const daily = await analyst.ask(
        `SELECT
    metric_date,
    total_active_users,
    total_conversations,
    total_messages,
    total_documents_drafted
FROM daily_metrics
WHERE metric_date >= CURRENT_DATE - INTERVAL '30 days'
ORDER BY metric_date ASC;`,
        session,
      );
      expect(Math.abs(daily.length - 31)).toBeLessThanOrEqual(session === zone ? 0 : 1);
      expect(daily.some(({ total_active_users }) => total_active_users === 0)).toBe(true);
      const [features] = await analyst.ask(
        `SELECT
    feature_name,
    SUM(usage_count) as total_usage
FROM feature_usage
WHERE usage_date >= CURRENT_DATE - INTERVAL '30 days'
GROUP BY feature_name
ORDER BY total_usage DESC;`,
        session,
      );
      expect(features).toMatchObject({ feature_name: "question_asked" });
      const [rates] = await analyst.ask(
        `SELECT
    ROUND(AVG(CASE WHEN day_1_active THEN 100.0 ELSE 0 END), 2) as day_1_retention,
    ROUND(AVG(CASE WHEN day_7_active THEN 100.0 ELSE 0 END), 2) as day_7_retention,
    ROUND(AVG(CASE WHEN day_30_active THEN 100.0 ELSE 0 END), 2) as day_30_retention
FROM user_retention
WHERE cohort_date >= CURRENT_DATE - INTERVAL '90 days';`,
        session,
      );
      expect(rates).toEqual({ day_1_retention: null, day_7_retention: null, day_30_retention: null });
    }
  });
});

test("after a purge active_users and daily_metrics stay as they were, and kept_from says what query 1 can still count", async () => {
  const sender = await makeHistory("Asia/Kolkata");
  const analyst = await makeAnalyst(sender.org_id);
  const first = (await analyst.ask("select min(metric_date)::text as day from daily_metrics"))[0]!.day as string;
  const keptFrom = async () =>
    Object.fromEntries(
      (await analyst.ask("select data, first_day::text from kept_from()")).map(({ data, first_day }) => [
        data,
        first_day,
      ]),
    );
  expect(await keptFrom()).toEqual({ activities: first, messages: first, sessions: first });
  const ever = `select active_users('${first}', '3000-01-01'), active_users('${first}', '${addDays(first, 3)}') as begun`;
  const older = `SELECT COUNT(DISTINCT user_id) as active_users FROM sessions WHERE started_at < '${addDays(first, 3)}'`;
  const daily = "select * from daily_metrics order by metric_date";
  const before = { ever: await analyst.ask(ever), daily: await analyst.ask(daily) };
  expect(before.ever).toEqual([{ active_users: 2, begun: 2 }]);
  expect(await analyst.ask(older)).toEqual([{ active_users: 2 }]);

  await keep(database.pool, sender.org_id, "activities", 10, "year");
  await keep(database.pool, sender.org_id, "messages", 10, "year");
  await keep(database.pool, sender.org_id, "sessions", 90);
  const quiet = new Date(now.getTime() + 9 * 86_400_000);
  await runLifecycle(application.db, systemOf(sender.org_id), { now: quiet });

  expect(await analyst.ask(ever)).toEqual(before.ever);
  expect((await analyst.ask(daily)).slice(0, before.daily.length - 1)).toEqual(before.daily.slice(0, -1));
  expect(await analyst.ask(older)).toEqual([{ active_users: 0 }]);
  const kept = await keptFrom();
  expect(kept).toMatchObject({ activities: first, messages: first });
  // From that day on nothing is missing, and before it something is.
  const missing = (days: string) =>
    analyst.ask(
      `select coalesce(sum(total_sessions), 0)::int - (select count(*)::int from sessions
         where (started_at at time zone 'Asia/Kolkata')::date ${days} '${kept.sessions}') as missing
       from daily_metrics where metric_date ${days} '${kept.sessions}'`,
    );
  expect(kept.sessions! > first).toBe(true);
  expect(await missing(">=")).toEqual([{ missing: 0 }]);
  expect((await missing("<"))[0]!.missing).toBeGreaterThan(0);
});
