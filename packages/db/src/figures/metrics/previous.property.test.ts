import { addDays, bucketOf, type Interval, intervals } from "@twin/contracts/calendar";
import type { MetricRow, MetricsInput, MetricTotals } from "@twin/contracts/metrics";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { readerOf } from "../../../test/figures/active-days.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { readMetrics } from "./read.ts";
import { rollupOrganization } from "../rollup.ts";
import { systemOf } from "../../../test/actors.ts";

const application = useApplication(useDatabase());
// Two years with a leap day, and a zone whose clocks change, so days have 23 and 25 hours.
const zone = "Europe/Berlin";
const [first, last] = ["2023-01-01", "2024-12-31"];
const everyDay: string[] = [];
for (let day = first; day <= last; day = addDays(day, 1)) everyDay.push(day);
let org_id: number;

// Each of two people begins the same sessions and asks the same every day.
beforeAll(async () => {
  const now = new Date(`${last}T22:00:00Z`);
  const sender = await makeSender(application.db, zone);
  org_id = sender.org_id;
  const records = [
    ...["ann", "bob"].map((id) => ({
      type: "user",
      external_id: id,
      email: `${id}@acme.example`,
      full_name: id,
      department: id === "ann" ? "Product" : "Sales",
      created_at: "2022-01-01T00:00:00Z",
    })),
    ...everyDay.flatMap((day) =>
      ["ann", "bob"].map((user) => ({
        type: "session",
        external_id: `${user}${day}`,
        user,
        platform: user === "ann" ? "slack" : "web",
        started_at: `${day}T09:00:00Z`,
        ended_at: `${day}T09:10:00Z`,
      })),
    ),
  ];
  expect((await sender.send(records, { now })).rejected).toEqual([]);
  const system = systemOf(org_id);
  await rollupOrganization(application.db, system, { now });
});

const filters = [{}, { platform: ["slack"] }, { department: ["Product"] }];
const numbers = ({ total_active_users, total_sessions, avg_session_duration_seconds, platform_breakdown }: MetricRow) =>
  ({ total_active_users, total_sessions, avg_session_duration_seconds, platform_breakdown }) as const;
const sessions = (rows: readonly MetricRow[]) => rows.reduce((sum, row) => sum + row.total_sessions, 0);
const totals = ({ active_users, total_sessions, avg_session_duration_seconds }: MetricTotals) =>
  ({ active_users, total_sessions, avg_session_duration_seconds }) as const;

/** Flat use compares as equal, bucket by bucket and in all, and what can be summed up is the sum of its buckets. */
async function expectFlat(range: { start_date: string; end_date: string }, today: string): Promise<void> {
  for (const interval of intervals)
    for (const filter of filters) {
      const asked: MetricsInput = { ...range, ...filter, interval, compare: "previous" };
      const answer = await readMetrics(application.db, readerOf(org_id), asked, new Date(`${today}T12:00:00Z`));
      const { days, previous, finished } = answer;
      const whole = days.map((row, at) => (at === days.length - 1 ? (previous!.until_yesterday ?? row) : row));
      expect(previous!.days.map(numbers)).toEqual(whole.map(numbers));
      expect(totals(previous!.totals)).toEqual(totals(previous!.current));
      expect(finished).toEqual(previous!.current);
      expect(sessions(days)).toBe(answer.totals.total_sessions);
      // Of a day, week or month that begins today the whole counterpart is drawn, and none of it summed up.
      const begun = range.end_date === today && days.at(-1)!.start_date === today ? 1 : 0;
      expect(sessions(previous!.days.slice(0, days.length - begun))).toBe(previous!.totals.total_sessions);
      expect(sessions(whole.slice(0, days.length - begun))).toBe(finished.total_sessions);
      const { complete } = days.at(-1)!;
      if (range.end_date === today) expect(complete).toBe(false);
      else if (interval === "day") expect(days.every((row) => row.complete)).toBe(true);
    }
}

// But for its last day, whose year has 366: as many days before it something would be missing.
const day = fc.integer({ min: 400, max: everyDay.length - 2 }).map((at) => everyDay[at]!);

test("flat use compares as equal in every range that begins a week, month or year, whatever day it is", async () => {
  const begins = fc.constantFrom<Interval | "year">("day", "week", "month", "year");
  await fc.assert(
    fc.asyncProperty(day, begins, async (today, begin) => {
      const start_date = begin === "year" ? `${today.slice(0, 4)}-01-01` : bucketOf(today, begin);
      await expectFlat({ start_date, end_date: today }, today);
    }),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 15) },
  );
});

test("flat use compares as equal in a range of any length, begun on any weekday, over or not", async () => {
  await fc.assert(
    fc.asyncProperty(
      day,
      fc.integer({ min: 1, max: 190 }),
      fc.integer({ min: 0, max: 9 }),
      async (today, length, ago) => {
        const end_date = addDays(today, -ago);
        await expectFlat({ start_date: addDays(end_date, 1 - length), end_date }, today);
      },
    ),
    { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 15) },
  );
});
