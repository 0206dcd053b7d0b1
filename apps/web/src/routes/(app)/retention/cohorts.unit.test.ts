import type { RetentionAnswer } from "@twin/contracts/retention";
import { expect, test } from "vitest";
import {
  areTelling,
  averageParams,
  cellParams,
  cohortDays,
  cohortName,
  cohortRows,
  rateHeat,
  lastDayOfCell,
  scaleOf,
  withColumns,
} from "./cohorts.ts";

const rate = { retained: 0, eligible: 0, rate: null, low: null, high: null, rate_all: null, days: null };
const cohort = (day: string, size: number, retained: number[], open = 1) => ({
  cohort: day,
  size,
  cells: [size, ...retained].map((value, period) => ({
    period,
    retained: value,
    complete: period <= retained.length - open,
  })),
});
const answer = (cohorts: RetentionAnswer["cohorts"]): RetentionAnswer => ({
  timezone: "UTC",
  as_of: null,
  not_applied: [],
  cohorts,
  average: [],
  day_1: rate,
  day_7: rate,
  day_30: rate,
});

test("cohorts tell something where most that hold anybody hold 20 people", () => {
  const sized = (...sizes: number[]) => sizes.map((size) => ({ size }));
  expect(areTelling(sized(20, 25, 3, 0, 0, 0))).toBe(true);
  expect(areTelling(sized(20, 19))).toBe(false);
  expect(areTelling(sized(0, 0))).toBe(false);
});

test("the scale of heat knows complete cells of enough people only", () => {
  const scale = scaleOf([cohort("2026-08-31", 40, [20, 10, 1]), cohort("2026-09-07", 19, [19, 0, 0])]);
  expect(scale).toEqual({ low: 0.25, high: 0.5 });
  expect([0, 0.25, 0.375, 0.5].map((share) => rateHeat(share, scale!))).toEqual([0, 1, 4, 6]);
  expect(rateHeat(0.5, { low: 0.5, high: 0.5 })).toBe(3);
  expect(scaleOf([cohort("2026-09-07", 19, [19])])).toBeNull();
});

test("a table is cut to what one page shows, and says of how many", () => {
  const days = Array.from({ length: 200 }, (_, at) =>
    cohort(
      `day ${at}`,
      1,
      Array.from({ length: 60 }, () => 1),
    ),
  );
  const table = withColumns(answer(days), "day");
  expect([table.of, table.cohorts.length, table.cohorts[0]!.cohort]).toEqual([200, 62, "day 138"]);
  expect(table.cohorts[0]!.cells.at(-1)!.period).toBe(30);
});

test("a cell's period ends with its week, day or month; its address names it", () => {
  expect(lastDayOfCell("2026-08-31", "week", 3)).toBe("2026-09-27");
  expect(lastDayOfCell("2026-11-17", "day", 7)).toBe("2026-11-24");
  expect(lastDayOfCell("2026-11-01", "month", 3)).toBe("2027-02-28");
  expect(cellParams("2026-08-31", "week", 3, "first", "on_or_after")).toEqual({
    cohort: "2026-08-31",
    cohort_period: "week",
    cell: "3",
    mode: null,
    match: "on_or_after",
  });
});

test("the days of cohorts are widened to whole periods, and end today", () => {
  const range = { start: "2026-10-07", end: "2026-11-22", today: "2026-11-22" };
  expect(cohortDays(range, "week")).toMatchObject({ from: "2026-10-05", to: "2026-11-22" });
  expect(cohortDays({ ...range, end: "2026-11-03" }, "month")).toMatchObject({ from: "2026-10-01", to: "2026-11-22" });
  expect(cohortDays({ ...range, end: "2026-10-20" }, "month")).toMatchObject({ from: "2026-10-01", to: "2026-10-31" });
});

test("cohorts are named by their day, with the year where it isn't this one", () => {
  expect(cohortName("2026-08-31", "week", "2026-11-22")).toBe("31 Aug");
  expect(cohortName("2025-12-29", "week", "2026-11-22")).toBe("29 Dec 2025");
  expect(cohortName("2026-11-17", "day", "2026-11-22")).toBe("Tue 17 Nov");
  expect(cohortName("2026-11-01", "month", "2026-11-22")).toBe("Nov 2026");
});

test("the file has a line a cell, and no rate where the period isn't over", () => {
  expect(cohortRows({ ...answer([cohort("2026-08-31", 40, [20, 3])]), of: 1 })).toEqual([
    ["cohort", "users", "period", "retained", "rate", "complete"],
    ["2026-08-31", "40", "1", "20", "0.5", "true"],
    ["2026-08-31", "40", "2", "3", "", "false"],
  ]);
});

test("an average leads to whoever came back of the cohorts that have its cell", () => {
  const range = { start: "2026-09-02", end: "2026-11-22", today: "2026-11-22" };
  expect(averageParams(range, "week", 3, "first", "on")).toMatchObject({
    from: "2026-08-31",
    to: "2026-11-01",
    who: "back",
    after: "3",
    cohort_period: "week",
    mode: null,
    match: null,
  });
  expect(averageParams(range, "day", 1, "recurring", "on_or_after")).toMatchObject({
    from: "2026-09-02",
    to: "2026-11-21",
    cohort_period: null,
    mode: "recurring",
    match: "on_or_after",
  });
});
