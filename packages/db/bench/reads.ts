import { addDays } from "@twin/contracts/calendar";
import { listFacets } from "../src/activities/facets.ts";
import { listActivities } from "../src/activities/list.ts";
import { type Actor, inTenant } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { readEngagement } from "../src/figures/engagement/read.ts";
import { readFeatures } from "../src/figures/features/usage.ts";
import { readBreakdowns } from "../src/figures/metrics/breakdowns.ts";
import { readCharts } from "../src/figures/metrics/charts.ts";
import { readMetrics } from "../src/figures/metrics/read.ts";
import { readRetention } from "../src/figures/retention/read.ts";
import { floorId } from "../src/postgres/uuid-time.ts";
import { historyDays } from "./size.ts";

/** A question that is asked over the data, and the plain SQL over raw rows that would answer it. */
export type Read = {
  name: string;
  /** Milliseconds at the median that are promised. */
  target?: number;
  ask: () => Promise<unknown>;
  plain?: { text: string; values: unknown[] };
};

/** Every read procedure, as its verb, over one organisation whose history ends the day before `anchor`. */
export function readsOf(db: Database, actor: Actor, anchor: string, cursor: string): Read[] {
  const { now, days } = calendarOf(anchor);
  const [quarter, month, twoYears] = [days(90), days(31), days(historyDays)];
  const daily = { interval: "day" } as const;
  const ids = ({ start_date, end_date }: { start_date: string; end_date: string }) => [
    actor.org_id,
    floorId(Date.parse(`${start_date}T00:00:00Z`)),
    floorId(Date.parse(`${addDays(end_date, 1)}T00:00:00Z`)),
  ];
  const page = { page: 1, limit: 50 };
  const ranged = "org_id = $1 and id >= $2 and id < $3";
  const local = "(started_at at time zone 'Europe/Berlin')::date";

  return [
    {
      name: "metrics.daily, 90 days",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily }, now),
      plain: {
        text: `select ${local} as day, count(*), count(distinct user_id), avg(duration_seconds) from sessions where ${ranged} group by 1`,
        values: ids(quarter),
      },
    },
    {
      name: "metrics.daily, 90 days and the 90 before",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily, compare: "previous" }, now),
    },
    {
      name: "metrics.daily, 90 days, one platform",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily, platform: ["slack"] }, now),
    },
    {
      name: "metrics.daily, 90 days, one department",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily, department: ["Sales"] }, now),
    },
    {
      name: "metrics.daily, 90 days, one twin",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily, twin: ["t1"] }, now),
    },
    {
      name: "metrics.daily, 90 days, one user",
      ask: () => readMetrics(db, actor, { ...quarter, ...daily, user: ["u1"] }, now),
    },
    {
      name: "metrics.daily, 24 months by month",
      ask: () => readMetrics(db, actor, { ...twoYears, interval: "month" }, now),
    },
    {
      name: "overview, 90 days (daily, then breakdowns)",
      target: 15,
      ask: async () => {
        await readMetrics(db, actor, { ...quarter, ...daily }, now);
        await readBreakdowns(db, actor, quarter, now);
      },
    },
    {
      name: "active users, 31 days",
      target: 10,
      ask: () => readMetrics(db, actor, { ...month, interval: "month" }, now),
      plain: { text: `select count(distinct user_id) from sessions where ${ranged}`, values: ids(month) },
    },
    {
      name: "retention, weekly, 24 months",
      target: 25,
      ask: () => readRetention(db, actor, { ...twoYears, period: "week", mode: "first", match: "on" }, now),
      plain: {
        text: `with s as (select distinct user_id, date_trunc('week', started_at at time zone 'Europe/Berlin') as week from sessions where ${ranged}),
          c as (select user_id, min(week) as cohort from s group by 1)
          select c.cohort, s.week, count(*) from c join s using (user_id) group by 1, 2`,
        values: ids(twoYears),
      },
    },
    {
      name: "retention, weekly, 24 months, on or after",
      ask: () => readRetention(db, actor, { ...twoYears, period: "week", mode: "first", match: "on_or_after" }, now),
    },
    {
      name: "retention, weekly, 24 months, recurring",
      ask: () => readRetention(db, actor, { ...twoYears, period: "week", mode: "recurring", match: "on" }, now),
    },
    {
      name: "retention, daily, 90 days",
      ask: () => readRetention(db, actor, { ...quarter, period: "day", mode: "first", match: "on" }, now),
    },
    {
      name: "engagement, 90 days",
      ask: () => readEngagement(db, actor, { ...quarter, ...daily }, now),
      plain: {
        text: `with s as materialized (select distinct user_id, ${local} as day from sessions where ${ranged})
          select d::date, count(distinct user_id) filter (where s.day = d), count(distinct user_id) filter (where s.day > d - interval '7 days'), count(distinct user_id)
          from generate_series($4::date, $5::date, interval '1 day') d join s on s.day > d - interval '30 days' and s.day <= d group by 1`,
        values: [
          ...ids({ ...quarter, start_date: addDays(quarter.start_date, -29) }),
          quarter.start_date,
          quarter.end_date,
        ],
      },
    },
    {
      name: "features, 90 days",
      ask: () => readFeatures(db, actor, quarter, now),
      plain: {
        text: `select count(*), count(distinct user_id) from messages where org_id = $1 and id >= $2 and id < $3 and sender_type = 'user'`,
        values: ids(quarter),
      },
    },
    {
      name: "charts, 90 days",
      ask: () => readCharts(db, actor, { ...quarter, ...daily }, now),
      plain: {
        text: `select ${local} as day, activity_type, count(*) from activities where ${ranged} group by 1, 2`,
        values: ids(quarter),
      },
    },
    { name: "activities, first page", ask: () => listActivities(db, actor, { ...month, ...page }, now) },
    {
      name: "activities, by type and platform",
      ask: () => listActivities(db, actor, { ...month, ...page, type: ["document"], platform: ["mobile"] }, now),
    },
    {
      name: "activities, by department, 24 months",
      ask: () => listActivities(db, actor, { ...twoYears, ...page, department: ["Legal"] }, now),
    },
    {
      name: "activities, by user, 24 months",
      ask: () => listActivities(db, actor, { ...twoYears, ...page, user: ["u1"] }, now),
    },
    {
      name: "activities, deep cursor",
      ask: () => listActivities(db, actor, { ...twoYears, ...page, cursor }, now),
      plain: {
        text: `select id from activities where ${ranged} order by started_at desc offset 9900 limit 50`,
        values: ids(twoYears),
      },
    },
    {
      name: "facets, 31 days",
      ask: () => listFacets(db, actor, month, now),
      plain: {
        text: `select a.activity_type, a.platform, u.department, count(*) from activities a join users u on u.org_id = $1 and u.id = a.user_id
          where a.org_id = $1 and a.id >= $2 and a.id < $3 group by grouping sets ((1), (2), (3))`,
        values: ids(month),
      },
    },
  ];
}

/** Noon of the day after the last one with history, and ranges that end with that last one. */
function calendarOf(anchor: string) {
  const last = addDays(anchor, -1);
  return {
    now: new Date(`${anchor}T12:00:00Z`),
    days: (count: number) => ({ start_date: addDays(last, 1 - count), end_date: last }),
  };
}

/** A cursor a year back, as a reader would have come to by going on. */
export async function deepCursor(db: Database, actor: Actor, anchor: string): Promise<string> {
  const { now, days } = calendarOf(anchor);
  const { start_date, end_date } = days(historyDays);
  const far = { start_date, end_date: addDays(end_date, -365) };
  const { next_cursor } = await listActivities(db, actor, { ...far, page: 1, limit: 50 }, now);
  if (next_cursor === null) throw new Error("the data holds no second page");
  return next_cursor;
}

/** Runs plain SQL in the same kind of transaction. */
export const askPlain = (db: Database, actor: Actor, plain: NonNullable<Read["plain"]>): Promise<unknown> =>
  inTenant(db, actor, (tx) => tx.query(plain));
