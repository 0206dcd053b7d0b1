import { addDays, addMonths, daysBetween, type Interval, lastDayOf } from "@twin/contracts/calendar";
import { daySpan, dayText, shortMonthYear } from "@twin/wording/format";
import type { Query } from "./links.ts";
import { beginning, defaultToken, presets, type Range, type RangeToken } from "./range.ts";

// What an address means in days. A page learns it from the server; in the browser only what chooses days loads this.

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

const monthNames = "january february march april may june july august september october november december".split(" ");

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

/** The organisation's view of `token`, as the picker shows it beside the name. */
export function presetDates(token: RangeToken, today: string): string {
  if (token === "all") return "";
  const [start, end] = dates(token, 0, today);
  if (token === "12mo") return `${shortMonthYear(start)} – ${shortMonthYear(end)}`;
  return start === end ? dayText(start, false) : daySpan(start, end, today.slice(0, 4));
}
