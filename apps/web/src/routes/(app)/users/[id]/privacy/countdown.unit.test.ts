import { expect, test } from "vitest";
import { leftUntil, spentCells } from "./countdown.ts";

const due = "2026-12-15T02:00:00Z";

test("days and hours run out, then nothing is left", () => {
  expect(leftUntil(due, Date.parse("2026-11-22T10:30:00Z"))).toEqual({ days: 22, hours: 15 });
  expect(leftUntil(due, Date.parse("2026-12-15T01:59:00Z"))).toEqual({ days: 0, hours: 0 });
  expect(leftUntil(due, Date.parse(due))).toBeNull();
});

test("cells are spent one after the other, never more than there are", () => {
  const from = "2026-11-15T02:00:00Z";
  expect(spentCells(from, due, Date.parse(from), 30)).toBe(0);
  expect(spentCells(from, due, Date.parse("2026-11-22T10:30:00Z"), 30)).toBe(7);
  expect(spentCells(from, due, Date.parse(due) - 1, 30)).toBe(29);
  expect(spentCells(from, due, Date.parse("2027-01-01T00:00:00Z"), 30)).toBe(30);
  expect(spentCells(due, due, Date.parse(from), 30)).toBe(30);
});
