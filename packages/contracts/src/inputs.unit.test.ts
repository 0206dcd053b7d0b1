import { expect, test } from "vitest";
import { z } from "zod";
import { ActivitiesInput } from "./activities.ts";
import { CreateAnnotationInput } from "./annotations.ts";
import { AskedDay, checkRange, checkRangeOfDays, Instant, Interval, rangeFields, SentInstant } from "./dates.ts";
import { Filter, notAppliedTo } from "./filter.ts";
import { activityTypes, filterNames } from "./vocabulary.ts";

/** What is wrong with an input, field by field; empty for a right one. */
const wrong = (schema: z.ZodType, input: unknown) =>
  (schema.safeParse(input).error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);

test("a day is one of the calendar, from 1970 to 9998", () => {
  for (const day of ["1970-01-01", "2028-02-29", "9998-12-31"]) expect(wrong(AskedDay, day), day).toEqual([]);
  for (const day of ["1969-12-31", "9999-01-01", "2027-02-29", "2026-1-1", "2026-01-01T00:00Z", "", 20260101])
    expect(wrong(AskedDay, day), String(day)).toHaveLength(1);
});

test("a sent time may lack the colon of its offset, and a leap second is the next one", () => {
  const sent = (text: string) => SentInstant.safeParse(text).data ?? null;
  expect(sent("2026-11-22T10:42:00+0130")).toBe("2026-11-22T10:42:00+01:30");
  expect(sent("2026-11-22T10:42:00-0800")).toBe("2026-11-22T10:42:00-08:00");
  expect(sent("2026-11-22T10:42:00.123Z")).toBe("2026-11-22T10:42:00.123Z");
  expect(sent("2016-12-31T23:59:60Z")).toBe("2017-01-01T00:00:00.000Z");
  expect(sent("2017-01-01T00:59:60+01:00")).toBe("2017-01-01T00:00:00.000Z");
  for (const none of ["2026-11-22T10:42:60Z", "2026-11-22T10:42:00", "2026-11-22", "now", `${"1".repeat(70)}`])
    expect(sent(none), none).toBeNull();
  expect(wrong(Instant, "2026-11-22T10:42:00+0130")).toEqual([
    ": must be a time as ISO 8601 with offset, like 2026-11-22T10:42:00Z",
  ]);
});

test("a range has both ends or none, reads forwards, and fits into one answer", () => {
  const Range = z.object({ ...rangeFields, interval: Interval.optional() }).check(checkRange);
  const range = (start_date?: string, end_date?: string, interval?: string) =>
    wrong(Range, { ...(start_date && { start_date }), ...(end_date && { end_date }), ...(interval && { interval }) });
  expect(range()).toEqual([]);
  expect(range("2026-01-01", "2026-01-01")).toEqual([]);
  expect(range("2026-01-01")).toEqual([
    "end_date: give start_date and end_date together, or neither for the last 28 days",
  ]);
  expect(range(undefined, "2026-01-01")).toEqual([
    "start_date: give start_date and end_date together, or neither for the last 28 days",
  ]);
  expect(range("2026-01-02", "2026-01-01")).toEqual(["start_date: must not be after end_date (2026-01-01)"]);
  expect(range("2026-01-01", "2027-02-04", "day")).toEqual([]);
  expect(range("2026-01-01", "2027-02-05", "day")).toEqual([
    "interval: 401 days are more than 400 in one answer: ask with interval=week, or for a shorter range",
  ]);
  expect(range("1970-01-01", "2026-01-01", "week")).toEqual([
    "interval: 2923 weeks are more than 400 in one answer: ask for a shorter range",
  ]);
  expect(range("2026-01-01", "2027-02-05")).toEqual([]);
  expect(range("2026-02-30", "2026-01-01", "day")).toEqual(["start_date: must be a day as YYYY-MM-DD"]);
  const OfDays = z.object(rangeFields).check(checkRangeOfDays);
  expect(wrong(OfDays, { start_date: "2026-01-01", end_date: "2027-02-04" })).toEqual([]);
  expect(wrong(OfDays, { start_date: "2026-01-01", end_date: "2027-02-05" })).toEqual([
    "start_date: 401 days are more than 400 in one answer: ask for a shorter range",
  ]);
});

test("a filter is one value, several by commas, or a list whose values may hold commas", () => {
  const values = (department: unknown) => Filter.parse({ department }).department;
  expect(values("Sales")).toEqual(["Sales"]);
  expect(values(" Sales , R&D,,Sales")).toEqual(["Sales", "R&D"]);
  expect(values(["R&D, Labs"])).toEqual(["R&D, Labs"]);
  expect(values(["R&D, Labs", "R&D, Labs", "Sales"])).toEqual(["R&D, Labs", "Sales"]);
  for (const nothing of ["", " , ", [], ["", " "], undefined]) expect(values(nothing)).toBeUndefined();
});

test("a wrong value of a filter is named by its place", () => {
  expect(wrong(Filter, { type: "query,nonsense" })).toEqual([`type.1: must be ${activityTypes.join(", ")}`]);
  expect(wrong(Filter, { type_not: "nonsense" })).toEqual([`type_not.0: must be ${activityTypes.join(", ")}`]);
  expect(wrong(Filter, { platform: "x".repeat(51) })).toEqual(["platform: must be at most 50 characters"]);
  expect(wrong(Filter, { platform: "x".repeat(50) })).toEqual([]);
  expect(wrong(Filter, { platform: ["a", "x".repeat(51)] })).toEqual(["platform.1: must be at most 50 characters"]);
  expect(wrong(Filter, { department: "a\u0000" })).toEqual(["department: must not hold NUL or broken UTF-16"]);
  expect(wrong(Filter, { department: ["a", "\ud800"] })).toEqual(["department.1: must not hold NUL or broken UTF-16"]);
  const many = (count: number) => Array.from({ length: count }, (_, at) => `d${at}`);
  expect(wrong(Filter, { department: many(100) })).toEqual([]);
  expect(wrong(Filter, { department: many(101) })).toEqual(["department: must be at most 100 values"]);
  expect(wrong(Filter, { department: 5 })).toEqual(["department: must be one value or several"]);
});

test("what an answer can't apply is told under the names it was sent by, and what it can isn't", () => {
  const sent = Object.fromEntries(filterNames.map((name) => [name, ["x"]]));
  const names = (answer: Parameters<typeof notAppliedTo>[0], asked: object = sent) =>
    notAppliedTo(answer, asked).map(({ field }) => field);
  expect(names("activities.list")).toEqual([]);
  expect(names("metrics.daily")).toEqual(["type", "source"]);
  expect(names("retention.read")).toEqual(["type", "platform", "twin", "source"]);
  expect(names("users.list")).toEqual(["type", "platform", "twin"]);
  expect(names("retention.read", { platform: ["x"], platform_not: ["y"], department: ["z"] })).toEqual([
    "platform",
    "platform_not",
  ]);
  expect(names("retention.read", { platform_not: ["y"] })).toEqual(["platform_not"]);
  for (const { why } of notAppliedTo("receipts.total_twin_installations", sent)) expect(why).toMatch(/^[A-Z].*\.$/);
});

test("pages reach 10,000 rows deep, and a cursor any depth", () => {
  expect(ActivitiesInput.parse({})).toMatchObject({ page: 1, limit: 50 });
  expect(ActivitiesInput.parse({ page: "2", limit: "200" })).toMatchObject({ page: 2, limit: 200 });
  expect(wrong(ActivitiesInput, { page: 50, limit: 200 })).toEqual([]);
  expect(wrong(ActivitiesInput, { page: 51, limit: 200 })).toEqual([
    "page: page reaches 10000 rows; go deeper with cursor=next_cursor of the answer",
  ]);
  expect(wrong(ActivitiesInput, { page: 51, limit: 200, cursor: "x" })).toEqual([]);
  expect(wrong(ActivitiesInput, { limit: 0 })).toHaveLength(1);
  expect(wrong(ActivitiesInput, { limit: 201 })).toHaveLength(1);
  expect(wrong(ActivitiesInput, { page: 0.5 })).toHaveLength(1);
  expect(wrong(ActivitiesInput, { limit: "many" })).toEqual(["limit: must be a whole number from 1 to 200"]);
});

test("what lists of activities know goes together only where it means one kind of record", () => {
  const fields = (input: object) => wrong(ActivitiesInput, input).map((text) => text.split(":")[0]);
  expect(fields({ weekday_hour: "mon-0", feature: "info_retrieved" })).toEqual([]);
  for (const hour of ["sun-23", "tue-9"]) expect(fields({ weekday_hour: hour }), hour).toEqual([]);
  for (const hour of ["sun-24", "mon-00", "xyz-1", "mon-", "tue-9 "])
    expect(fields({ weekday_hour: hour }), hour).toEqual(["weekday_hour"]);
  expect(fields({ with_messages: "any", feature: "info_retrieved" })).toEqual(["feature"]);
  expect(fields({ with_messages: "user", weekday_hour: "mon-0" })).toEqual(["weekday_hour"]);
  expect(fields({ with_messages: "twin" })).toEqual([]);
  expect(fields({ was_helpful: "yes" })).toEqual(["was_helpful"]);
  expect(fields({ was_helpful: "yes", feature: "document_drafted" })).toEqual(["was_helpful"]);
  expect(fields({ was_helpful: "yes,none", feature: "shared_interaction" })).toEqual([]);
  expect(fields({ was_helpful: "maybe", feature: "shared_interaction" })).toEqual(["was_helpful.0"]);
});

test("a note is one line that everybody sees whole and in its order, in any script and with emoji", () => {
  const note = (text: string) => wrong(CreateAnnotationInput, { day: "2026-03-02", text });
  for (const text of ["Release 4.2", "عطل في سلاك", "می\u200cخواهم", "👩\u200d💻 ships ❤\ufe0f", " Zürich "])
    expect(note(text), text).toEqual([]);
  const codes = [
    0x0a, 0x85, 0x2028, 0x2029, 0x202e, 0x2066, 0x200f, 0x061c, 0x200b, 0x2060, 0xfeff, 0x00ad, 0x3164, 0x2800, 0xe0041,
    0xd800,
  ];
  for (const code of codes)
    expect(note(`a${String.fromCodePoint(code)}b`), code.toString(16)).toEqual([
      "text: must be one line, without characters that nobody sees",
    ]);
  expect(note("\u200d")).toHaveLength(1);
});
