import { expect, test } from "vitest";
import { floorId, mintId, timeOf } from "./uuid-time.ts";

const noon = Date.parse("2026-11-22T12:00:00.123Z");

test("an id is a version 7 uuid that carries its millisecond", () => {
  const id = mintId(noon, "1", "activity", "slack:T1", "a1");
  expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(timeOf(id)).toBe(noon);
  expect(mintId(new Date(noon), "1", "activity", "slack:T1", "a1")).toBe(id);
});

test("the same identity gives the same id, another one another", () => {
  expect(mintId(noon, "1", "a")).toBe(mintId(noon, "1", "a"));
  expect(mintId(noon, "1", "a")).not.toBe(mintId(noon, "2", "a"));
  expect(mintId(noon, "ab", "c")).not.toBe(mintId(noon, "a", "bc"));
  expect(mintId(noon, "ab")).not.toBe(mintId(noon, "ab", ""));
  expect(mintId(noon, "é")).not.toBe(mintId(noon, "e"));
});

test("fractions of a millisecond are cut off, not rounded", () => {
  expect(timeOf(mintId(noon + 0.999, "a"))).toBe(noon);
  expect(mintId(noon + 0.999, "a")).toBe(mintId(noon, "a"));
  expect(floorId(noon + 0.999)).toBe(floorId(noon));
});

test("ids sort by time as text, whatever their tails", () => {
  const times = [0, 1, 255, 256, 946_684_800_000, noon - 1, noon, noon + 1, 4_102_444_800_000, 2 ** 48 - 1];
  for (let i = 1; i < times.length; i++) {
    for (let tail = 0; tail < 20; tail++) {
      expect(mintId(times[i - 1]!, `x${tail}`) < mintId(times[i]!, `y${tail}`)).toBe(true);
    }
  }
});

test("the floor of a millisecond is below its ids and above those before", () => {
  for (let tail = 0; tail < 50; tail++) {
    expect(floorId(noon) < mintId(noon, String(tail))).toBe(true);
    expect(mintId(noon - 1, String(tail)) < floorId(noon)).toBe(true);
  }
  expect(timeOf(floorId(noon))).toBe(noon);
});

test("a time that no id can carry, and a missing identity, are refused", () => {
  for (const at of [-1, Number.NaN, 2 ** 48, new Date(Number.NaN)]) expect(() => mintId(at, "a")).toThrow(RangeError);
  expect(() => mintId(noon)).toThrow(RangeError);
  expect(() => floorId(-1)).toThrow(RangeError);
});
