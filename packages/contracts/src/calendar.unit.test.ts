import { expect, test } from "vitest";
import {
  addBuckets,
  addDays,
  addMonths,
  bucketOf,
  bucketsOf,
  countBuckets,
  daysBetween,
  intervals,
  intervalThatFits,
  lastDayOf,
  monthOf,
  nextBucket,
} from "./calendar.ts";

test("days are counted over leap years, ends of years and changes of clocks", () => {
  expect([addDays("2028-02-28", 1), addDays("2028-02-28", 2), addDays("2027-02-28", 1)]).toEqual([
    "2028-02-29",
    "2028-03-01",
    "2027-03-01",
  ]);
  expect([addDays("2026-12-31", 1), addDays("2026-01-01", -1), addDays("2026-03-29", 0)]).toEqual([
    "2027-01-01",
    "2025-12-31",
    "2026-03-29",
  ]);
  expect([daysBetween("2026-03-28", "2026-03-30"), daysBetween("2026-11-02", "2026-11-02")]).toEqual([3, 1]);
  expect(daysBetween("2028-01-01", "2028-12-31")).toBe(366);
});

test("a bucket begins on its day, its Monday or the 1st", () => {
  // 2 November 2026 is a Monday.
  for (const day of ["2026-11-02", "2026-11-05", "2026-11-08"]) expect(bucketOf(day, "week"), day).toBe("2026-11-02");
  expect([bucketOf("2026-11-01", "week"), bucketOf("2026-11-09", "week")]).toEqual(["2026-10-26", "2026-11-09"]);
  expect([bucketOf("2026-11-30", "month"), bucketOf("2026-11-30", "day")]).toEqual(["2026-11-01", "2026-11-30"]);
  expect(intervals.map((interval) => nextBucket("2026-11-30", interval))).toEqual([
    "2026-12-01",
    "2026-12-07",
    "2026-12-01",
  ]);
  expect([nextBucket("2026-09-01", "month"), nextBucket("2026-12-01", "month")]).toEqual(["2026-10-01", "2027-01-01"]);
});

test("months are counted from the 1st, over ends of years and back, and so are buckets", () => {
  expect([monthOf("2026-11-30"), monthOf("2026-11-30T23:59:00.000Z")]).toEqual(["2026-11-01", "2026-11-01"]);
  expect([addMonths("2026-08-31", 1), addMonths("2026-08-31", 5), addMonths("2026-01-01", -1)]).toEqual([
    "2026-09-01",
    "2027-01-01",
    "2025-12-01",
  ]);
  expect([addMonths("2026-11-01", -23), addMonths("2026-11-17", 0)]).toEqual(["2024-12-01", "2026-11-01"]);
  expect(intervals.map((interval) => addBuckets("2026-06-01", interval, 3))).toEqual([
    "2026-06-04",
    "2026-06-22",
    "2026-09-01",
  ]);
  expect(intervals.map((interval) => lastDayOf("2028-02-01", interval))).toEqual([
    "2028-02-01",
    "2028-02-07",
    "2028-02-29",
  ]);
});

test("buckets are cut at the range, and complete only where they are whole and over", () => {
  expect(bucketsOf("2026-11-04", "2026-11-16", "week", "2026-11-16")).toEqual([
    { date: "2026-11-02", start_date: "2026-11-04", end_date: "2026-11-08", complete: false },
    { date: "2026-11-09", start_date: "2026-11-09", end_date: "2026-11-15", complete: true },
    { date: "2026-11-16", start_date: "2026-11-16", end_date: "2026-11-16", complete: false },
  ]);
  // A whole week that isn't over: its last day is today.
  expect(bucketsOf("2026-11-02", "2026-11-08", "week", "2026-11-08").map(({ complete }) => complete)).toEqual([false]);
  expect(bucketsOf("2026-11-02", "2026-11-08", "week", "2026-11-09").map(({ complete }) => complete)).toEqual([true]);
  expect(bucketsOf("2026-11-02", "2026-11-03", "day", "2026-11-03").map(({ complete }) => complete)).toEqual([
    true,
    false,
  ]);
  expect(bucketsOf("2026-11-05", "2026-11-04", "day", "2026-11-30")).toEqual([]);
});

test("as many buckets are counted as there are", () => {
  for (const [start, end] of [
    ["2026-11-01", "2026-11-01"],
    ["2026-11-01", "2026-11-02"],
    ["2025-12-31", "2027-01-01"],
    ["2028-02-01", "2028-02-29"],
  ] as const)
    for (const interval of intervals)
      expect(countBuckets(start, end, interval), `${start} ${end} ${interval}`).toBe(
        bucketsOf(start, end, interval, end).length,
      );
});

test("the finest interval of at most 400 buckets fits", () => {
  const fits = (days: number) => intervalThatFits("2026-01-05", addDays("2026-01-05", days - 1));
  expect([fits(400), fits(401), fits(2800), fits(2801)]).toEqual(["day", "week", "week", "month"]);
  expect(intervalThatFits("1970-01-01", "2026-01-01")).toBeNull();
});
