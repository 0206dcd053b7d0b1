import { expect, test } from "vitest";
import type { Compared } from "@twin/wording/change";
import { figures, type Point } from "./figures.ts";
import { fallOf, summaryOf } from "./summary.ts";
import { dayTicks, valueTicks } from "./ticks.ts";
import { placeTooltip } from "./tooltip-place.ts";

const [users] = figures;
const days = (values: number[], first = 1): Point[] =>
  values.map((value, index) => {
    const start = `2026-11-${String(first + index).padStart(2, "0")}`;
    return {
      index,
      date: start,
      start,
      end: start,
      name: start,
      value,
      before: null,
      beforeName: null,
      compared: null,
      complete: index < values.length - 1,
      unfinished: index === values.length - 1,
    };
  });

test("the sentence names the peak and the fall, and never today", () => {
  const points = days([60, 61, 62, 63, 64, 30, 20, 62, 10, 60, 61, 59, 31, 400]);
  const compared: Compared = { unit: "count", holdsToday: true, now: { value: 106 }, before: { value: 100 } };
  const text = summaryOf(users, points, "300", compared, "day")
    .map((piece) => piece.text)
    .join("");
  expect(text).toBe(
    "Active users rose 6\u00a0% to 106 until yesterday, from 100; peak Thu 5 Nov, 64. Mon 9 Nov fell to 10, 84\u00a0% below the Monday before.",
  );
  expect(fallOf(days([3, 3, 3, 3, 3, 3, 3, 0, 3]))).toBeNull();
});

test("value ticks are round and hold the greatest", () => {
  expect(valueTicks(232, 5, true)).toEqual([0, 50, 100, 150, 200, 250]);
  expect(valueTicks(0, 5, true)).toEqual([0, 1]);
  expect(valueTicks(3, 5, true)).toEqual([0, 1, 2, 3]);
  for (const most of [1, 7, 99, 1234, 98_765]) expect(valueTicks(most, 5, true).at(-1)!).toBeGreaterThanOrEqual(most);
});

test("day ticks begin and end with the range and keep their distance", () => {
  const ticks = dayTicks(days(Array.from({ length: 28 }, () => 1)), "day", 800);
  expect([ticks[0]!.text, ticks.at(-1)!.text]).toEqual(["Sun 1 Nov", "Today"]);
  for (let index = 1; index < ticks.length; index++)
    expect(((ticks[index]!.index - ticks[index - 1]!.index) / 27) * 800).toBeGreaterThan(50);
});

test("the tooltip stands where it hides least, and inside", () => {
  const area = { width: 800, height: 220 };
  const size = { width: 196, height: 110 };
  const high = Array.from({ length: 20 }, (_, index) => ({ x: 400 + index * 20, y: 30 }));
  const place = placeTooltip(400, high, area, size);
  expect(
    high.some(
      (mark) => mark.x > place.left && mark.x < place.left + 196 && mark.y > place.top && mark.y < place.top + 110,
    ),
  ).toBe(false);
  for (const x of [0, 100, 700, 800]) {
    const { left } = placeTooltip(x, high, area, size);
    expect(left >= 0 && left + size.width <= area.width).toBe(true);
  }
});
