import { changeOf, headText, pairText } from "@twin/wording/change";
import { expect, test } from "vitest";
import {
  type ActiveDay,
  activeLink,
  activePoints,
  comparedDays,
  lastOver,
  measureOf,
  oftenLink,
  stageLink,
} from "./measures.ts";

const today = "2026-11-22";
const here = new URLSearchParams("range=7d&department=Sales&compare=off");
const dayOf = (date: string, dau: number, mau: number): ActiveDay => ({
  date,
  dau,
  wau: mau,
  mau,
  stickiness: mau ? dau / mau : null,
});
const days = [dayOf("2026-11-20", 4, 10), dayOf("2026-11-21", 6, 12), dayOf(today, 1, 12)];
const before = [dayOf("2026-11-17", 2, 8), dayOf("2026-11-18", 3, 8), dayOf("2026-11-19", 5, 0)];

test("a tile tells the last day that is over beside its counterpart; today alone has none", () => {
  const over = lastOver(days, before, today)!;
  expect([over.day.date, over.before?.date]).toEqual(["2026-11-21", "2026-11-18"]);
  const told = (key: "dau" | "stickiness") => {
    const change = changeOf(comparedDays(key, over.day, over.before)!);
    return `${headText(change)}, ${pairText(change)}`.replaceAll("\u00a0", " ");
  };
  expect(told("dau")).toBe("+100 % more, was 3");
  expect(told("stickiness")).toBe("+12.5 pts better, was 37.5 % of 8");
  expect(comparedDays("dau", over.day, null)).toBeNull();
  expect(lastOver(days.slice(2), before, today)).toBeNull();
});

test("today's point is unfinished and isn't compared, the others stand beside the day one range before", () => {
  const points = activePoints(measureOf("dau"), days, before, today);
  expect(
    points.map(({ value, before, unfinished, compared }) => [value, before, unfinished, compared !== null]),
  ).toEqual([
    [4, 2, false, true],
    [6, 3, false, true],
    [1, 5, true, false],
  ]);
  expect(activePoints(measureOf("stickiness"), days, null, today).map(({ value }) => value)).toEqual([
    0.4,
    0.5,
    1 / 12,
  ]);
});

test("numbers lead to their people, under the filters of the page: windows end with their day, stages end today at most", () => {
  expect(activeLink(here, "2026-11-21", 7)).toBe("/people?from=2026-11-15&to=2026-11-21&department=Sales");
  expect(activeLink(here, "2026-11-21", 1)).toBe("/people?day=2026-11-21&department=Sales");
  expect(stageLink(here, "dormant", "week", "2026-11-16", today)).toBe(
    "/people?from=2026-11-16&to=2026-11-22&department=Sales&who=lifecycle&stage=dormant&interval=week",
  );
  expect(stageLink(here, "new", "month", "2026-11-01", today)).toContain("from=2026-11-01&to=2026-11-22&");
  expect(oftenLink(here, "day", 3)).toBe("/people?range=7d&department=Sales&who=often&interval=day&periods=3");
});
