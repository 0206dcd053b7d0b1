import { expect, test } from "vitest";
import { axisOf, labelsOf, type Lane, shareOfAxis } from "./lanes.ts";

const lane = (cut_day: string, ...months: string[]): Lane => ({
  data_type: "sessions",
  keep: { count: 90, unit: "day" },
  cut_day,
  rows: months.length,
  bytes: 0,
  tables: {},
  months: months.map((month) => ({ month, rows: 1, bytes: 100, goes: 0 })),
});

test("the axis begins where something is held, or with a cut not long before it, and ends now", () => {
  const axis = axisOf([lane("2024-11-22", "2025-10-01"), lane("2026-08-24", "2026-10-01")], "2026-11-22");
  expect([axis[0], axis.at(-1), axis.length]).toEqual(["2024-11-01", "2026-11-01", 25]);
  expect(axisOf([lane("2016-11-22", "2025-10-01")], "2026-11-22")[0]).toBe("2025-10-01");
  expect(axisOf([lane("2026-08-24", "2026-11-01")], "2026-11-22")).toHaveLength(13);
  expect(axisOf([], "2026-11-22")).toHaveLength(13);
});

test("a cut stands within its month, and nowhere when that isn't drawn", () => {
  const axis = axisOf([lane("2026-08-24", "2025-12-01")], "2026-11-22");
  expect(shareOfAxis("2026-11-01", axis)).toBeCloseTo((axis.length - 1) / axis.length);
  expect(shareOfAxis("2026-11-16", axis)).toBeCloseTo((axis.length - 0.5) / axis.length);
  expect(shareOfAxis("2020-01-01", axis)).toBeNull();
});

test("names stand apart from each other", () => {
  const axis = axisOf([lane("2024-11-22", "2023-11-01")], "2026-11-22");
  expect(labelsOf(axis).map(({ name }) => name)).toEqual(["Nov 2023", "Jan 2025", "Jan 2026"]);
});
