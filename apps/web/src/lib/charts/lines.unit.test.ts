import { expect, test } from "vitest";
import { areaBelow, lineThrough } from "./lines.ts";

test("a line is broken where a mark is missing, a mark alone is a dot, and nothing is nothing", () => {
  expect(lineThrough([{ x: 0, y: 1.23456 }, { x: 1, y: 2 }, null, null, { x: 4, y: 5 }])).toBe("M0,1.235L1,2M4,5Z");
  expect(lineThrough([null])).toBe("");
});

test("an area lies between the line and the floor", () => {
  expect(
    areaBelow(
      [
        { x: 0, y: 1 },
        { x: 1, y: 2 },
      ],
      9,
    ),
  ).toBe("M0,1L1,2L1,9L0,9Z");
  expect(areaBelow([], 9)).toBe("");
});
