import { addDays } from "@twin/contracts/calendar";
import { expect, test } from "vitest";
import { dayHeat, monthsOf, weeksOf } from "./year.ts";

const daysFrom = (start: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ date: addDays(start, at), sessions: 0, activities: at, messages: 0 }));

test.each(["2025-11-23", "2026-02-28", "2024-02-26"])(
  "every day from %s stands once, in its weekday's row",
  (start) => {
    const rows = weeksOf(daysFrom(start, 365));
    const shown = rows.flatMap((row, weekday) => row.flatMap((day) => (day ? [{ ...day, weekday }] : [])));
    expect(shown.map(({ date }) => date).toSorted()).toEqual(daysFrom(start, 365).map(({ date }) => date));
    for (const { date, weekday } of shown) expect((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7).toBe(weekday);
    expect(new Set(rows.map((row) => row.length)).size).toBe(1);
  },
);

test("the months' columns add up to all weeks", () => {
  const rows = weeksOf(daysFrom("2025-11-23", 365));
  const months = monthsOf(rows);
  expect(months.reduce((sum, { weeks }) => sum + weeks, 0)).toBe(rows[0]!.length);
  expect(months.map(({ name }) => name).slice(0, 3)).toEqual(["", "Dec", "Jan"]);
});

test("only nothing has no colour, and the busiest day the darkest", () => {
  expect([0, 1, 7, 14].map((value) => dayHeat(value, 14))).toEqual([0, 1, 3, 6]);
  expect(dayHeat(1, 1000)).toBe(1);
});
