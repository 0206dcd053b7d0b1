import { describe, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeActive, type SessionStarts } from "../../../test/figures/active-days.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { readEngagement } from "../engagement/read.ts";
import { readRetention } from "./read.ts";

// Worked examples that others have published: their events go in as records, and their tables must come out.

const application = useApplication(useDatabase());
const later = new Date("2021-06-01T12:00:00Z");
const first = { mode: "first", match: "on", period: "day" } as const;
const recurring = { ...first, mode: "recurring" } as const;

async function tableOf(
  starts: SessionStarts,
  asked: Partial<Parameters<typeof readRetention>[2]>,
  now = later,
): Promise<{ table: number[][]; answer: Awaited<ReturnType<typeof readRetention>> }> {
  const { reader } = await makeActive(application.db, starts, { now });
  const answer = await readRetention(application.db, reader, { ...first, ...asked }, now);
  expect(answer.cohorts.flatMap(({ cells }) => cells).every(({ complete }) => complete)).toBe(true);
  return { table: answer.cohorts.map(({ cells }) => cells.map(({ retained }) => retained)), answer };
}

const triangle = (text: string) =>
  text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(" ").map(Number));

/** The 10th of June 2020 and so many days, months later. */
const june = (day: number, month = 0) => new Date(Date.UTC(2020, 5 + month, 10 + day, 5)).toISOString();

describe("PostHog's own tests of retention (PostHog/posthog, posthog/queries/test/test_retention.py)", () => {
  test("test_day_interval", async () => {
    const days = { person1: [0, 1, 2, 5, 6].map((d) => june(d)), person2: [1, 2, 3, 6].map((d) => june(d)) };
    const { table } = await tableOf(days, { ...recurring, start_date: "2020-06-10", end_date: "2020-06-20" });
    expect(table).toEqual(
      triangle(`
        1 1 1 0 0 1 1 0 0 0 0
        2 2 1 0 1 2 0 0 0 0
        2 1 0 1 2 0 0 0 0
        1 0 0 1 0 0 0 0
        0 0 0 0 0 0 0
        1 1 0 0 0 0
        2 0 0 0 0
        0 0 0 0
        0 0 0
        0 0
        0`),
    );
  });

  test("test_week_interval, whose weeks begin a day earlier, on which nobody was active", async () => {
    const both = [june(0), june(1), june(7)];
    const { table } = await tableOf(
      {
        person1: [...both, june(14), june(-6, 1), june(1, 1)],
        person2: [...both, june(-6, 1), june(1, 1), june(15, 1)],
      },
      { ...recurring, period: "week", start_date: "2020-06-08", end_date: "2020-07-20" },
    );
    expect(table).toEqual(triangle("2 2 1 2 2 0 1\n2 1 2 2 0 1\n1 1 1 0 0\n2 2 0 1\n2 0 1\n0 0\n1"));
  });

  test("test_month_interval", async () => {
    const months = (...all: number[]) => all.map((month) => june(0, month));
    const { table } = await tableOf(
      { person1: months(-5, -4, -3, -1, 0, 3), person2: months(-5, -4, -3, 0, 1, 5) },
      { ...recurring, period: "month", start_date: "2020-01-10", end_date: "2020-11-10" },
    );
    expect(table).toEqual(
      triangle(`
        2 2 2 0 1 2 1 0 1 0 1
        2 2 0 1 2 1 0 1 0 1
        2 0 1 2 1 0 1 0 1
        0 0 0 0 0 0 0 0
        1 1 0 0 1 0 0
        2 1 0 1 0 1
        1 0 0 0 1
        0 0 0 0
        1 0 0
        0 0
        1`),
    );
  });
});

describe("PostHog's own tests of lifecycle (PostHog/posthog, posthog/queries/test/test_lifecycle.py)", () => {
  const p1 = ["2020-01-11", "2020-01-12", "2020-01-13", "2020-01-15", "2020-01-17", "2020-01-19"];
  const january = { p1, p2: ["2020-01-09", "2020-01-12"], p3: ["2020-01-12"], p4: ["2020-01-15"] };

  async function lifecycleOf(
    starts: SessionStarts,
    start_date: string,
    end_date: string,
    more: { interval?: "day" | "week" | "month"; zone?: string } = {},
  ) {
    const { interval = "day", zone = "UTC" } = more;
    const { reader } = await makeActive(application.db, starts, { zone, now: later });
    const { lifecycle } = await readEngagement(application.db, reader, { start_date, end_date, interval }, later);
    const column = (name: "new" | "returning" | "resurrecting" | "dormant") => lifecycle.map((row) => row[name]);
    return {
      new: column("new"),
      returning: column("returning"),
      resurrecting: column("resurrecting"),
      dormant: column("dormant"),
    };
  }
  const usual = {
    new: [1, 0, 0, 1, 0, 0, 0, 0],
    returning: [1, 1, 0, 0, 0, 0, 0, 0],
    resurrecting: [1, 0, 0, 1, 0, 1, 0, 1],
    dormant: [0, -2, -1, 0, -2, 0, -1, 0],
  };

  test("test_lifecycle_trend", async () => {
    expect(await lifecycleOf(january, "2020-01-12", "2020-01-19")).toEqual(usual);
  });
  test("test_lifecycle_trends_distinct_id_repeat", async () => {
    const days = ["2020-01-12", "2020-01-14", "2020-01-15", "2020-01-17", "2020-01-19"];
    expect(await lifecycleOf({ p1: days }, "2020-01-12", "2020-01-19")).toEqual({
      new: [1, 0, 0, 0, 0, 0, 0, 0],
      returning: [0, 0, 0, 1, 0, 0, 0, 0],
      resurrecting: [0, 0, 1, 0, 0, 1, 0, 1],
      dormant: [0, -1, 0, 0, -1, 0, -1, 0],
    });
  });
  test("test_lifecycle_trend_all_time", async () => {
    expect(await lifecycleOf(january, "2020-01-09", "2020-01-17")).toEqual({
      new: [1, 0, 1, 1, 0, 0, 1, 0, 0],
      returning: [0, 0, 0, 1, 1, 0, 0, 0, 0],
      resurrecting: [0, 0, 0, 1, 0, 0, 1, 0, 1],
      dormant: [0, -1, 0, 0, -2, -1, 0, -2, 0],
    });
  });
  test("test_lifecycle_trend_weeks", async () => {
    const starts = {
      p1: ["2020-02-01", "2020-02-05", "2020-02-10", "2020-02-15", "2020-02-27", "2020-03-02"],
      p2: ["2020-02-11", "2020-02-18"],
      p3: ["2020-02-12"],
      p4: ["2020-02-27"],
    };
    expect(await lifecycleOf(starts, "2020-02-05", "2020-03-09", { interval: "week" })).toEqual({
      new: [0, 2, 0, 1, 0, 0],
      returning: [1, 1, 1, 0, 1, 0],
      resurrecting: [0, 0, 0, 1, 0, 0],
      dormant: [0, 0, -2, -1, -1, -1],
    });
  });
  test("test_lifecycle_trend_months", async () => {
    const starts = {
      p1: ["2020-01-11", "2020-02-12", "2020-03-13", "2020-05-15", "2020-07-17", "2020-09-19"],
      p2: ["2019-12-09", "2020-02-12"],
      p3: ["2020-02-12"],
      p4: ["2020-05-15"],
    };
    expect(await lifecycleOf(starts, "2020-02-01", "2020-09-01", { interval: "month" })).toEqual(usual);
  });
  test("test_timezones", async () => {
    const starts = { ...january, p1: ["2020-01-11T23:00:00Z", "2020-01-12T01:00:00Z", ...p1.slice(2)] };
    expect(await lifecycleOf(starts, "2020-01-12", "2020-01-19")).toEqual(usual);
    expect(await lifecycleOf(starts, "2020-01-12", "2020-01-19", { zone: "US/Pacific" })).toEqual({
      new: [1, 0, 0, 1, 0, 0, 0, 0],
      returning: [0, 0, 0, 0, 0, 0, 0, 0],
      resurrecting: [1, 1, 0, 1, 0, 1, 0, 1],
      dormant: [-1, -2, -1, 0, -2, 0, -1, 0],
    });
  });
});

describe("PostHog's own tests of stickiness (PostHog/posthog, posthog/queries/test/test_stickiness.py)", () => {
  const watched = (after: (periods: number) => string) => ({
    person1: [after(0)],
    person2: [after(0), after(1)],
    person3: [after(0), after(1), after(2)],
    person4: [after(4)],
  });
  const date = (month: number, day: number) => new Date(Date.UTC(2020, month, day, 12)).toISOString();
  for (const [name, interval, end_date, after] of [
    ["test_stickiness", "day", "2020-01-08", (n: number) => date(0, 1 + n)],
    ["test_stickiness_weeks", "week", "2020-02-15", (n: number) => date(0, 1 + 7 * n)],
    ["test_stickiness_months", "month", "2020-09-08", (n: number) => date(n, 1)],
  ] as const) {
    test(name, async () => {
      const { reader } = await makeActive(application.db, watched(after), { now: later });
      const asked = { start_date: "2020-01-01", end_date, interval };
      const { active_days } = await readEngagement(application.db, reader, asked, later);
      expect(active_days).toEqual([
        { days: 1, users: 2 },
        { days: 2, users: 1 },
        { days: 3, users: 1 },
      ]);
    });
  }
});

test("LeetCode 550, Game Play Analysis IV: a third of the players came back the day after their first login", async () => {
  const starts = { 1: ["2016-03-01", "2016-03-02"], 2: ["2017-06-25"], 3: ["2016-03-02", "2018-07-03"] };
  const { answer } = await tableOf(starts, { period: "month", start_date: "2016-03-01", end_date: "2018-07-03" });
  expect(answer.day_1).toMatchObject({ retained: 1, eligible: 3, rate: 1 / 3, rate_all: 1 / 3 });
});

test("LeetCode 1097, Game Play Analysis V: day one retention by install date is 0.50 of 2 and 0.00 of 1", async () => {
  const starts = { 1: ["2016-03-01", "2016-03-02"], 2: ["2017-06-25"], 3: ["2016-03-01", "2016-07-03"] };
  const { table } = await tableOf(starts, { periods: 1, start_date: "2016-03-01", end_date: "2016-03-01" });
  expect(table).toEqual([[2, 1]]);
  const { answer } = await tableOf(starts, { periods: 1, start_date: "2017-06-25", end_date: "2017-06-25" });
  expect(answer.cohorts).toMatchObject([{ cohort: "2017-06-25", size: 1 }]);
  expect(answer.average[1]).toMatchObject({ retained: 0, eligible: 1, rate: 0 });
});

test("RETENTION() of Baidu's PALO (cloud.baidu.com/doc/PALO/s/9mcmsv4ui): 3 of 3, 2 of 3, 1 of 3", async () => {
  const days = ["2022-10-12", "2022-10-13", "2022-10-14"];
  const starts = { 0: days, 1: days.slice(0, 2), 2: days.slice(0, 1) };
  const asked = { periods: 2, start_date: days[0]!, end_date: days[0]! };
  const { table } = await tableOf(starts, asked, new Date("2022-11-01T12:00:00Z"));
  expect(table).toEqual([[3, 2, 1]]);
});

const relayFoods = "Relay Foods' first purchases by month (gregreda.com, Cohort Analysis with Python, 2015-08-23)";
test(relayFoods, { timeout: 180_000 }, async () => {
  const published = triangle(`
    22 8 10 9 10
    15 3 5 1 4
    13 4 5 4 1
    39 13 10 13 6
    50 13 12 5 4
    32 15 9 6 7
    50 23 13 10 11
    31 11 9 7 6
    37 15 14 8 13
    54 17 12 13 13
    130 32 26 29 13
    65 17 18 7
    95 50 26
    100 19
    24`);
  const starts: Record<string, string[]> = {};
  published.forEach((cells, cohort) =>
    cells.forEach((buyers, month) => {
      for (let buyer = 0; buyer < buyers; buyer++)
        (starts[`c${cohort}b${buyer}`] ??= []).push(
          new Date(Date.UTC(2009, cohort + month, 1 + (buyer % 28), 15)).toISOString(),
        );
    }),
  );
  const asked = { period: "month", start_date: "2009-01-11", end_date: "2010-03-20" } as const;
  const { table, answer } = await tableOf(starts, asked);
  expect(answer.cohorts[0]!.cohort).toBe("2009-01-01");
  expect(table.map((cells) => cells.slice(0, 5))).toEqual(published);
  // The article's own reading: 38.4 % of the cohort of 2009-03 bought again in its third month.
  expect(table[2]![2]! / table[2]![0]!).toBeCloseTo(0.3846, 4);
  expect(answer.average[1]).toMatchObject({ retained: 240, eligible: 733, rate: 240 / 733 });
});

test("on or after: active on day two counts on days zero, one and two (amplitude.com/docs/faq/retention-analysis)", async () => {
  const starts = { someone: ["2020-06-10", "2020-06-12"] };
  const day = { periods: 3, start_date: "2020-06-10", end_date: "2020-06-10" };
  expect((await tableOf(starts, { ...day, match: "on_or_after" })).table).toEqual([[1, 1, 1, 0]]);
  expect((await tableOf(starts, day)).table).toEqual([[1, 0, 1, 0]]);
});

const rolling = "test_rolling_retention_doesnt_double_count_same_user";
test(`on or after, of every day's people: PostHog's ${rolling} (posthog/hogql_queries/insights/test/test_retention_query_runner.py)`, async () => {
  const days = { person1: [0, 3, 4], person2: [0, 1], person3: [1, 2, 3], person4: [3, 4], person5: [4] };
  const starts = Object.fromEntries(Object.entries(days).map(([name, all]) => [name, all.map((d) => june(d))]));
  const asked = { ...recurring, match: "on_or_after", start_date: "2020-06-10", end_date: "2020-06-15" } as const;
  const { table } = await tableOf(starts, asked);
  expect(table).toEqual(triangle("2 2 1 1 1 0\n2 1 1 0 0\n1 1 0 0\n3 2 0\n3 0\n0"));
});

test("calendar intervals: Monday 8 pm to Tuesday 6 am is day 1, Friday to Monday is week 1 (help.mixpanel.com, Advanced Retention)", async () => {
  const night = { someone: ["2020-06-08T20:00:00Z", "2020-06-09T06:00:00Z"] };
  const day = { periods: 1, start_date: "2020-06-08", end_date: "2020-06-08" };
  expect((await tableOf(night, day)).table).toEqual([[1, 1]]);
  const weekend = { someone: ["2020-06-12", "2020-06-15"] };
  const week = { periods: 1, start_date: "2020-06-12", end_date: "2020-06-12", period: "week" } as const;
  expect((await tableOf(weekend, week)).table).toEqual([[1, 1]]);
});
