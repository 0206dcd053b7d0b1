import { expect, test } from "vitest";
import { filtersOf } from "#lib/filters.ts";
import { rangeOf } from "#lib/range-of.ts";
import { daysOfCell, headingOf, noteOf, questionOf, whomOf } from "./whom.ts";

const today = "2026-11-22";
const of = (text: string) => {
  const params = new URLSearchParams(text);
  const [whom, range] = [whomOf(params), rangeOf(params, today)];
  return { whom, range, question: questionOf(whom, range, filtersOf(params)), heading: headingOf(whom, range) };
};

test("the heading says whom", () => {
  expect(of("day=2026-11-17").heading).toBe("People active on Tue 17 Nov");
  expect(of("").heading).toBe("People active in the last 28 days");
  expect(of("range=mtd&who=new").heading).toBe("New people, month to date");
  expect(of("from=2026-11-02&to=2026-11-15").heading).toBe("People active, 2 – 15 Nov 2026");
  expect(of("who=used&feature=info_retrieved&range=7d").heading).toBe(
    "People who used Info retrieved in the last 7 days",
  );
  expect(of("cohort=2026-08-31&cohort_period=week&cell=3").heading).toBe(
    "People first seen in the week of 31 Aug, back in week 3",
  );
  expect(of("cohort=2026-11-01&cohort_period=month&cell=0&mode=recurring").heading).toBe("People active in Nov 2026");
  expect(of("cohort=2026-11-02&cohort_period=day&cell=7&match=on_or_after").heading).toBe(
    "People first seen on Mon 2 Nov, back on day 7 or later",
  );
});

test("each figure of people has a heading of its own", () => {
  const headings = {
    "who=back&after=7&range=mtd": "People first seen, month to date, back on day 7",
    "who=first&after=30&range=7d": "People first seen in the last 7 days, whose day 30 is over",
    "who=first&range=7d": "People first seen in the last 7 days",
    "who=back&after=3&cohort_period=week&match=on_or_after&from=2026-09-07&to=2026-10-25":
      "People first seen, 7 Sep – 25 Oct 2026, back in week 3 or later",
    "who=back&after=1&cohort_period=month&mode=recurring&range=12mo":
      "People active in the last 12 months, back in month 1",
    "who=using&range=7d": "People who used a twin in the last 7 days",
    "who=often&interval=week&periods=3": "People active in exactly 3 weeks in the last 28 days",
    "who=often&interval=day&periods=1&range=mtd": "People active on exactly 1 day, month to date",
    "who=lifecycle&interval=week&stage=dormant&from=2026-11-09&to=2026-11-15":
      "People no longer active, 9 – 15 Nov 2026",
    "who=lifecycle&stage=dormant&range=7d": "People active in the last 7 days",
    "who=asked&day=2026-11-17": "People who asked someone else’s twin on Tue 17 Nov",
    "who=adopted&feature=handoff&range=7d": "People who used handoff for the first time in the last 7 days",
    "who=together&used=info_retrieved&unused=question_asked,*&range=7d":
      "People who used only Info retrieved in the last 7 days",
    "who=together&used=a,b,c&unused=info_retrieved&range=7d":
      "People who used all but Info retrieved in the last 7 days",
    "who=together&used=info_retrieved,question_asked,*&range=7d":
      "People who used Info retrieved, Question asked and other features in the last 7 days",
  };
  for (const [text, heading] of Object.entries(headings)) expect(of(text).heading).toBe(heading);
});

test("an average that counts people several times says so beside them", () => {
  expect(noteOf(of("who=used&feature=question_asked").whom)).toBeNull();
  expect(noteOf(of("who=back&after=1&cohort_period=week&mode=recurring").whom)).toMatch(/once for each week/);
  expect(noteOf(of("who=back&after=1&cohort_period=week").whom)).toBeNull();
});

test("a cell asks for itself, a range for its days, both with the filters: what can't be applied is named in the answer", () => {
  expect(of("cohort=2026-08-31&cohort_period=week&cell=3&platform=slack").question).toEqual({
    cohort: "2026-08-31",
    cohort_period: "week",
    cell: 3,
    mode: "first",
    match: "on",
    platform: ["slack"],
  });
  expect(of("day=2026-11-17&platform=slack&department=Sales").question).toMatchObject({
    start_date: "2026-11-17",
    end_date: "2026-11-17",
    who: "active",
    platform: ["slack"],
    department: ["Sales"],
  });
});

test("what the address says wrongly is everyone active", () => {
  for (const text of [
    "who=used",
    "who=back",
    "who=back&after=0",
    "who=together",
    "cohort=2026-09-01&cohort_period=week&cell=1",
    "cohort=2026-08-31&cell=x",
    "who=x",
  ])
    expect(of(text).whom).toEqual({ kind: "range", who: "active" });
});

test("a cell's days end yesterday at the latest", () => {
  const cell = { cohort: "2026-11-02", cohort_period: "week", cell: 1, mode: "first", match: "on" } as const;
  expect(daysOfCell(cell, today)).toEqual(["2026-11-09", "2026-11-15"]);
  expect(daysOfCell({ ...cell, match: "on_or_after" }, today)).toEqual(["2026-11-09", "2026-11-21"]);
  expect(daysOfCell({ ...cell, cell: 2 }, today)).toEqual(["2026-11-16", "2026-11-21"]);
  expect(daysOfCell({ ...cell, cohort: "2026-11-16", cell: 0 }, today)).toEqual(["2026-11-16", "2026-11-22"]);
});
