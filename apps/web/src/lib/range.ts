import { addDays, addMonths, daysBetween, type Interval, lastDayOf } from "@twin/contracts/calendar";
import { daySpan, dayText, shortMonthYear } from "@twin/wording/format";
import type { Query } from "./links.ts";

/** The ranges by name, in the order of the picker, each with its key. Relative, so that a bookmark stays fresh. */
export const presets = [
  { token: "today", key: "d", name: "Today" },
  { token: "yesterday", key: "e", name: "Yesterday" },
  { token: "7d", key: "w", name: "Last 7 days" },
  { token: "28d", key: "f", name: "Last 28 days" },
  { token: "91d", key: "n", name: "Last 91 days" },
  { token: "mtd", key: "m", name: "Month to date" },
  { token: "last-month", key: "p", name: "Last month" },
  { token: "ytd", key: "y", name: "Year to date" },
  { token: "12mo", key: "l", name: "Last 12 months" },
  { token: "all", key: "a", name: "All" },
] as const;
export type RangeToken = (typeof presets)[number]["token"];
export const defaultToken: RangeToken = "28d";

export type Range = {
  token: RangeToken | "custom";
  /** 0 is the newest; -1 one period earlier. */
  offset: number;
  start: string;
  end: string;
  today: string;
  interval: Interval;
  /** "Last 28 days", or the dates where there is no such name. */
  label: string;
  /** The page shows the newest days of what the address names. */
  isCut?: true;
};

/** Nothing is older than this, so "All" begins here until the first month with data is known. */
const beginning = "2000-01-01";

/** The organisation's date now. */
export const todayIn = (zone: string, now = new Date()): string =>
  new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);

function dates(token: RangeToken, offset: number, today: string): [string, string] {
  const window = (length: number): [string, string] => {
    const end = addDays(today, offset * length);
    return [addDays(end, 1 - length), end];
  };
  const year = `${Number(today.slice(0, 4)) + offset}`;
  switch (token) {
    case "today":
      return window(1);
    case "yesterday":
      return [addDays(today, offset - 1), addDays(today, offset - 1)];
    case "7d":
      return window(7);
    case "28d":
      return window(28);
    case "91d":
      return window(91);
    case "mtd":
    case "last-month": {
      const first = addMonths(today, token === "mtd" ? offset : offset - 1);
      return [first, token === "mtd" && offset === 0 ? today : lastDayOf(first, "month")];
    }
    case "ytd":
      return [`${year}-01-01`, offset === 0 ? today : `${year}-12-31`];
    case "12mo":
      return [
        addMonths(today, offset * 12 - 11),
        offset === 0 ? today : lastDayOf(addMonths(today, offset * 12), "month"),
      ];
    case "all":
      return [beginning, today];
  }
}

/** Days up to about a quarter, then weeks, then months: what a chart of this width can show. */
export function intervalFor(start: string, end: string): Interval {
  const days = daysBetween(start, end);
  return days <= 100 ? "day" : days <= 400 ? "week" : "month";
}

const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text && text >= beginning;

const monthNames = [
  "january",
  "february",
  "march",
  "april",
  "may",
  "june",
  "july",
  "august",
  "september",
  "october",
  "november",
  "december",
];

/** A day as someone types it: 2026-11-02, "2 Nov 2026", also with the weekday or the whole month; null for anything else. */
export function typedDay(text: string | null): string | null {
  const typed = (text ?? "").trim().toLowerCase();
  const [, day, name = "", year] = /^(?:[a-z]{2,9}[.,]? +)?(\d{1,2})\.? +([a-z]{3,9})\.?,? +(\d{4})$/.exec(typed) ?? [];
  const month = day ? monthNames.findIndex((one) => one.startsWith(name)) + 1 : 0;
  const read = month ? `${year}-${String(month).padStart(2, "0")}-${day!.padStart(2, "0")}` : typed;
  return isDay(read) ? read : null;
}

function custom(start: string, end: string, today: string): Range {
  if (start > end) [start, end] = [end, start];
  if (end > today) end = today;
  if (start > end) start = end;
  const label = start === end ? dayText(start) : daySpan(start, end);
  return { token: "custom", offset: 0, start, end, today, interval: intervalFor(start, end), label };
}

/** The range that an address names; what it doesn't understand is the default, never an error. */
export function rangeOf(params: Query, today: string): Range {
  const day = typedDay(params.get("day"));
  if (day) return custom(day, day, today);
  const [from, to] = [typedDay(params.get("from")), typedDay(params.get("to"))];
  if (from && to) return custom(from, to, today);
  const preset =
    presets.find((one) => one.token === params.get("range")) ?? presets.find((one) => one.token === defaultToken)!;
  const asked = Number(params.get("offset") ?? 0);
  const offset = Number.isInteger(asked) && asked < 0 && asked >= -1000 && preset.token !== "all" ? asked : 0;
  const [start, end] = dates(preset.token, offset, today);
  if (start < beginning) return rangeOf(new URLSearchParams({ range: preset.token }), today);
  const label = offset === 0 ? preset.name : start === end ? dayText(start) : daySpan(start, end);
  return { token: preset.token, offset, start, end, today, interval: intervalFor(start, end), label };
}

/** "All", once the first month with data is known. */
export const startingAt = (range: Range, first: string): Range => ({
  ...range,
  start: first,
  label: `Since ${shortMonthYear(first)}`,
  interval: intervalFor(first, range.end),
});

/** The label inside a sentence: "last 28 days", but "26 Oct – 22 Nov" as it is. */
export const inSentence = ({ token, offset, label }: Range): string =>
  token === "custom" || offset !== 0 ? label : label[0]!.toLowerCase() + label.slice(1);

type RangeParams = Record<"range" | "offset" | "from" | "to" | "day", string | null>;
const none: RangeParams = { range: null, offset: null, from: null, to: null, day: null };

/** What the address says for a named range; nothing for the default. */
export const tokenParams = (token: RangeToken, offset = 0): RangeParams => ({
  ...none,
  range: token === defaultToken ? null : token,
  offset: offset === 0 ? null : String(offset),
});

/** What the address says for exact days; one day has a name of its own. */
export function exactParams(start: string, end: string): RangeParams {
  return start === end ? { ...none, day: start } : { ...none, from: start, to: end };
}

/** The address that a page's numbers count: where it shows a part of its range, with that part's days. */
export function countedIn(params: Query & { toString(): string }, { start, end, isCut }: Range): Query {
  if (!isCut) return params;
  const exact = new URLSearchParams(params.toString());
  for (const [name, value] of Object.entries(exactParams(start, end)))
    if (value === null) exact.delete(name);
    else exact.set(name, value);
  return exact;
}

/** The range before or after, of the same length; null where there is none. */
export function step(range: Range, direction: -1 | 1): RangeParams | null {
  if (range.token === "all") return null;
  if (range.token !== "custom") {
    const offset = range.offset + direction;
    if (offset > 0)
      return range.token === "yesterday" && direction === 1 && range.offset === 0 ? tokenParams("today") : null;
    return tokenParams(range.token, offset);
  }
  const length = daysBetween(range.start, range.end) * direction;
  if (addDays(range.end, length) > range.today || addDays(range.start, length) < beginning) return null;
  return exactParams(addDays(range.start, length), addDays(range.end, length));
}

/** The organisation's view of `token`, as the picker shows it beside the name. */
export function presetDates(token: RangeToken, today: string): string {
  if (token === "all") return "";
  const [start, end] = dates(token, 0, today);
  if (token === "12mo") return `${shortMonthYear(start)} – ${shortMonthYear(end)}`;
  return start === end ? dayText(start, false) : daySpan(start, end, today.slice(0, 4));
}
