import { expect, test } from "vitest";
import {
  bytesText,
  clock,
  clockSeconds,
  count,
  dayHeading,
  dayOf,
  daySpan,
  dayText,
  duration,
  lastSeen,
  momentText,
  monthText,
  percent,
  plainDay,
  plural,
  sharesOf,
  shortDay,
  shortMonth,
  shortMonthYear,
  weekdayText,
  zoneText,
} from "./format.ts";
import { combinationName } from "./combinations.ts";
import { departmentName, deviceName, featureName, hourText, platformName, titleOf, valueName } from "./names.ts";

const plain = (texts: string[]) => texts.map((text) => text.replaceAll("\u00a0", " "));

test("nothing and everything are said only where they are", () => {
  expect(plain([0, 1 / 300, 0.005, 0.994, 0.996, 299 / 300, 1].map((share) => percent(share)))).toEqual([
    "0 %",
    "<1 %",
    "1 %",
    "99 %",
    ">99 %",
    ">99 %",
    "100 %",
  ]);
  expect(plain([0, 0.0002, 0.473, 0.9996, 1].map((share) => percent(share, 1)))).toEqual([
    "0.0 %",
    "<0.1 %",
    "47.3 %",
    ">99.9 %",
    "100.0 %",
  ]);
  expect(percent(null)).toBe("–");
  // 0.285 × 100 isn't 28.5 for a computer.
  expect(plain([percent(0.285), percent(1.005 / 3, 1)])).toEqual(["29 %", "33.5 %"]);
});

test("the parts of one whole sum to 100", () => {
  expect(plain(sharesOf([1, 1, 1]))).toEqual(["34 %", "33 %", "33 %"]);
  expect(plain(sharesOf([302, 1]))).toEqual([">99 %", "<1 %"]);
  expect(plain(sharesOf([299, 1, 0]))).toEqual([">99 %", "<1 %", "0 %"]);
  expect(plain(sharesOf([7, 0]))).toEqual(["100 %", "0 %"]);
  expect(plain(sharesOf([1, 1, 1], 1))).toEqual(["33.4 %", "33.3 %", "33.3 %"]);
  expect(sharesOf([0, 0])).toEqual(["–", "–"]);
  expect(sharesOf([])).toEqual([]);
  let state = 3;
  const random = (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let run = 0; run < 1500; run++) {
    const digits = random(2);
    const parts = Array.from({ length: 1 + random(9) }, () => random(10 ** (1 + random(6))));
    const shown = plain(sharesOf(parts, digits));
    const whole = parts.reduce((sum, part) => sum + part, 0);
    if (whole === 0) continue;
    const sum = shown.reduce(
      (all, text) => all + (text[0] === "<" ? 0 : text[0] === ">" ? 100 : Number.parseFloat(text)),
      0,
    );
    expect(sum, shown.join(" ")).toBeCloseTo(100, 6);
    parts.forEach((part, at) => {
      expect(Number.parseFloat(shown[at]!) === 0, shown[at]).toBe(part === 0);
      if (shown[at] === percent(1, digits)) expect(part).toBe(whole);
      if (!/[<>]/.test(shown[at]!))
        expect(Math.abs(Number.parseFloat(shown[at]!) - (part / whole) * 100), shown[at]).toBeLessThan(10 ** -digits);
    });
  }
});

test("a day of a year that has more than four digits is shown, not a fault", () => {
  expect(dayText("2026-11-17")).toBe("Tue 17 Nov 2026");
  expect(dayText(dayOf("9999-12-31T23:59:59.999Z", "Europe/Berlin"))).toBe("10000-01-01");
});

test("a number has its thousands apart, and a thing is one or several", () => {
  expect([0, 999, 1000, 1_234_567].map(count)).toEqual(["0", "999", "1,000", "1,234,567"]);
  expect([plural(0, "day"), plural(1, "day"), plural(2, "day")]).toEqual(["0 days", "1 day", "2 days"]);
  expect([plural(1, "person", "people"), plural(1200, "person", "people")]).toEqual(["1 person", "1,200 people"]);
});

test("a duration has its two largest units, and nothing of what is none", () => {
  expect(plain([0, 1, 59, 60, 61, 252, 3599, 3600, 3659, 3660, 7384, 90_000].map(duration))).toEqual([
    "0 s",
    "1 s",
    "59 s",
    "1 min",
    "1 min 1 s",
    "4 min 12 s",
    "59 min 59 s",
    "1 h",
    "1 h",
    "1 h 1 min",
    "2 h 3 min",
    "25 h",
  ]);
  expect(duration(null)).toBe("–");
});

test("an instant is told by the organisation's clock, also where that is on another day or just changed", () => {
  const instant = "2026-11-22T23:30:07.900Z";
  const told = (zone: string) => [dayOf(instant, zone), clock(instant, zone), clockSeconds(instant, zone)];
  expect(told("UTC")).toEqual(["2026-11-22", "23:30", "23:30:07"]);
  expect(told("Europe/Berlin")).toEqual(["2026-11-23", "00:30", "00:30:07"]);
  expect(told("Asia/Kolkata")).toEqual(["2026-11-23", "05:00", "05:00:07"]);
  expect(told("America/Los_Angeles")).toEqual(["2026-11-22", "15:30", "15:30:07"]);
  // The night in which Berlin has 02:30 twice.
  expect(["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map((one) => clock(one, "Europe/Berlin"))).toEqual([
    "02:30",
    "02:30",
  ]);
});

test("a moment says today, and a year only where it is another one", () => {
  const at = (instant: string) => momentText(instant, "Europe/Berlin", "2026-11-23");
  expect(at("2026-11-22T23:30:00Z")).toBe("today, 00:30");
  expect(at("2026-11-22T22:30:00Z")).toBe("22 Nov, 23:30");
  expect(at("2025-12-15T01:00:00Z")).toBe("15 Dec 2025, 02:00");
  expect(lastSeen("2026-11-22T23:30:00Z", "Europe/Berlin", "2026-11-23")).toBe("today, 00:30");
  expect(lastSeen("2026-11-22T23:30:00Z", "UTC", "2026-11-23")).toBe("Sun 22 Nov 2026");
  expect(lastSeen(null, "UTC", "2026-11-23")).toBe("–");
});

test("days, spans and months are told shortly, what both ends share once", () => {
  expect([dayText("2026-11-17", false), shortDay("2026-11-07"), plainDay("2026-11-07")]).toEqual([
    "Tue 17 Nov",
    "7 Nov",
    "7 Nov 2026",
  ]);
  expect([monthText, shortMonth, shortMonthYear, weekdayText].map((say) => say("2026-11-19"))).toEqual([
    "November 2026",
    "Nov",
    "Nov 2026",
    "Thursday",
  ]);
  for (let month = 1; month <= 12; month++)
    expect(shortMonth(`2026-${String(month).padStart(2, "0")}-01`)).toMatch(/^[A-Z][a-z]{2}$/);
  expect(monthText("2026-09-01")).toBe("September 2026");
  expect(daySpan("2026-10-26", "2026-11-22")).toBe("26 Oct – 22 Nov 2026");
  expect(daySpan("2026-11-02", "2026-11-22")).toBe("2 – 22 Nov 2026");
  expect(daySpan("2026-11-02", "2026-11-22", "2026")).toBe("2 – 22 Nov");
  expect(daySpan("2026-11-02", "2026-11-22", "2025")).toBe("2 – 22 Nov 2026");
  expect(daySpan("2025-11-02", "2026-11-22", "2026")).toBe("2 Nov 2025 – 22 Nov 2026");
  expect(dayHeading("2026-11-22", "2026-11-22")).toBe("Today, Sunday 22 November");
  expect(dayHeading("2026-11-21", "2026-11-22")).toBe("Saturday 21 November");
  expect(dayHeading("2025-11-21", "2026-11-22")).toBe("Friday 21 November 2025");
});

test("bytes come in the unit that keeps them short", () => {
  expect(plain([0, 999, 1000, 4_130_000, 99_900, 100_000, 999_999, 5e9, 7.25e12, 3e15].map(bytesText))).toEqual([
    "0 B",
    "999 B",
    "1.0 kB",
    "4.1 MB",
    "99.9 kB",
    "100 kB",
    "1000 kB",
    "5.0 GB",
    "7.3 TB",
    "3000 TB",
  ]);
});

test("a zone says its city and how far from UTC it is on that day", () => {
  const [summer, winter] = [new Date("2026-07-01T12:00Z"), new Date("2026-12-01T12:00Z")];
  expect([zoneText("Europe/Berlin", summer), zoneText("Europe/Berlin", winter)]).toEqual([
    "Berlin, UTC+2",
    "Berlin, UTC+1",
  ]);
  expect(zoneText("America/New_York", winter)).toBe("New York, UTC−5");
  expect([zoneText("Europe/London", winter), zoneText("UTC", winter), zoneText("Etc/UTC", winter)]).toEqual([
    "London, UTC",
    "UTC",
    "UTC",
  ]);
});

test("names that are known are told, and others stay readable as they came", () => {
  expect(["slack", "teams", "my-own_app", ""].map(platformName)).toEqual(["Slack", "Teams", "My own app", ""]);
  expect(["question_asked", "calendar_lookup"].map(featureName)).toEqual(["Question asked", "calendar_lookup"]);
  expect(["Sales", "", "(none)"].map(departmentName)).toEqual(["Sales", "No department", "No department"]);
  expect(["Acme", "(none)"].map((value) => valueName("company", value))).toEqual(["Acme", "No company"]);
  expect(["desktop", null].map(deviceName)).toEqual(["Desktop", "–"]);
  expect(["tue-9", "sun-23"].map(hourText)).toEqual(["Tue 9:00", "Sun 23:00"]);
});

test("a combination of features is named the short way", () => {
  expect(combinationName(["*"], [])).toBe("any feature");
  expect(combinationName(["question_asked"], [])).toBe("Question asked");
  expect(combinationName(["question_asked"], ["*"])).toBe("only Question asked");
  expect(combinationName(["*"], ["handoff"])).toBe("only other features");
  expect(combinationName(["a", "b"], ["c"])).toBe("a and b");
  expect(combinationName(["a", "b", "c"], ["d"])).toBe("all but d");
  expect(combinationName(["a", "b", "c"], ["*", "d"])).toBe("all but other features and d");
  expect(combinationName(["a", "b", "c"], ["d", "e", "f"])).toBe("a, b and c");
  expect(combinationName(["a", "b", "c"], [])).toBe("a, b and c");
});

test("an activity without a title, or whose title is withheld, is called by its kind, its results and its twin", () => {
  const item = {
    activity_type: "query",
    twin_name: "Sarah’s Twin",
    title: "Plans",
    titles_masked: false,
    results_count: 3,
  } as const;
  expect(titleOf(item)).toBe("Plans");
  expect(titleOf({ ...item, title: null })).toBe("Query · 3 results · Sarah’s Twin");
  expect(titleOf({ ...item, title: "", results_count: 1 })).toBe("Query · 1 result · Sarah’s Twin");
  expect(titleOf({ ...item, title: null, results_count: 0 })).toBe("Query · 0 results · Sarah’s Twin");
  expect(titleOf({ ...item, titles_masked: true })).toBe("Query · 3 results · Sarah’s Twin");
  expect(titleOf({ ...item, title: null, activity_type: "document", results_count: null })).toBe(
    "Document · Sarah’s Twin",
  );
});
