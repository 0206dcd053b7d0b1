import { describe, expect, test } from "vitest";
import { countedIn, exactParams, step, tokenParams } from "./range.ts";
import { presetDates, rangeOf, todayIn, typedDay } from "./range-of.ts";

const today = "2026-11-22";
const range = (query: string) => rangeOf(new URLSearchParams(query), today);
const dates = (query: string) => [range(query).start, range(query).end];

describe("a range in the address", () => {
  test.each([
    ["", "2026-10-26", "2026-11-22"],
    ["range=today", "2026-11-22", "2026-11-22"],
    ["range=yesterday", "2026-11-21", "2026-11-21"],
    ["range=7d", "2026-11-16", "2026-11-22"],
    ["range=91d", "2026-08-24", "2026-11-22"],
    ["range=mtd", "2026-11-01", "2026-11-22"],
    ["range=last-month", "2026-10-01", "2026-10-31"],
    ["range=ytd", "2026-01-01", "2026-11-22"],
    ["range=12mo", "2025-12-01", "2026-11-22"],
    ["range=28d&offset=-1", "2026-09-28", "2026-10-25"],
    ["range=mtd&offset=-1", "2026-10-01", "2026-10-31"],
    ["range=last-month&offset=-10", "2025-12-01", "2025-12-31"],
    ["range=ytd&offset=-1", "2025-01-01", "2025-12-31"],
    ["range=12mo&offset=-1", "2024-12-01", "2025-11-30"],
    ["from=2026-11-01&to=2026-11-03", "2026-11-01", "2026-11-03"],
    ["from=2026-11-03&to=2026-11-01", "2026-11-01", "2026-11-03"],
    ["from=2026-11-03&to=2027-01-01", "2026-11-03", "2026-11-22"],
    ["day=2026-11-12", "2026-11-12", "2026-11-12"],
  ])("%s", (query, start, end) => expect(dates(query)).toEqual([start, end]));

  test("what it does not understand is the default", () => {
    for (const query of [
      "range=no",
      "offset=5",
      "offset=x",
      "from=2026-11-31&to=2026-12-01",
      "day=2026-02-30",
      "from=1&to=2",
      "range=12mo&offset=-900",
    ])
      expect([range(query).token === "custom", range(query).offset]).toEqual([false, 0]);
  });

  test("the default does not stand in it, and one day has a name of its own", () => {
    expect(Object.values(tokenParams("28d")).filter(Boolean)).toEqual([]);
    expect(exactParams("2026-11-12", "2026-11-12")).toMatchObject({ day: "2026-11-12", from: null, to: null });
  });

  test("each bucket is wide enough to be seen", () => {
    expect([
      range("").interval,
      range("range=91d").interval,
      range("range=12mo").interval,
      range("range=all").interval,
    ]).toEqual(["day", "day", "week", "month"]);
  });
});

describe("a step", () => {
  test("back and on again comes home, and there is nothing after the newest", () => {
    for (const query of [
      "",
      "range=7d",
      "range=mtd",
      "range=last-month",
      "range=ytd",
      "range=12mo",
      "range=yesterday",
    ]) {
      const back = step(range(query), -1)!;
      const there = rangeOf(
        new URLSearchParams(Object.entries(back).filter((one): one is [string, string] => one[1] !== null)),
        today,
      );
      expect(there.end < range(query).end).toBe(true);
      expect(step(there, 1)).toEqual(tokenParams(range(query).token as "7d"));
    }
    expect(step(range(""), 1)).toBeNull();
    expect(step(range("range=all"), -1)).toBeNull();
  });
  test("exact days move by their length", () => {
    expect(step(range("from=2026-11-01&to=2026-11-07"), -1)).toMatchObject({ from: "2026-10-25", to: "2026-10-31" });
    expect(step(range("from=2026-11-15&to=2026-11-21"), 1)).toBeNull();
    expect(step(range("day=2026-11-12"), 1)).toMatchObject({ day: "2026-11-13" });
  });
});

test("today is the organisation's", () => {
  const now = new Date("2026-11-22T23:30:00Z");
  expect([todayIn("Europe/Berlin", now), todayIn("UTC", now), todayIn("Pacific/Auckland", now)]).toEqual([
    "2026-11-23",
    "2026-11-22",
    "2026-11-23",
  ]);
});

test("the picker says its dates shortly", () => {
  expect([
    presetDates("7d", today),
    presetDates("28d", today),
    presetDates("12mo", today),
    presetDates("last-month", today),
  ]).toEqual(["16 – 22 Nov", "26 Oct – 22 Nov", "Dec 2025 – Nov 2026", "1 – 31 Oct"]);
});

test("a page that shows a part of its range leads to that part, under the same filters", () => {
  const params = new URLSearchParams("range=all&platform=slack&offset=-1");
  const range = rangeOf(params, "2026-11-22");
  expect(countedIn(params, range)).toBe(params);
  const cut = countedIn(params, { ...range, start: "2025-10-20", end: "2026-11-22", isCut: true });
  expect(String(cut)).toBe("platform=slack&from=2025-10-20&to=2026-11-22");
});

test("a day may be typed in words or figures, also in the address", () => {
  for (const typed of ["2026-11-02", "2 Nov 2026", " 2 november 2026", "Mon 2 Nov 2026", "02 Nov. 2026"])
    expect(typedDay(typed), typed).toBe("2026-11-02");
  for (const typed of ["", null, "2 Nov", "31 Feb 2026", "2 Nop 2026", "2/11/2026", "2026-13-02", "1 Jan 1999"])
    expect(typedDay(typed), String(typed)).toBeNull();
  expect(dates("from=2 Nov 2026&to=9 Nov 2026")).toEqual(["2026-11-02", "2026-11-09"]);
});
