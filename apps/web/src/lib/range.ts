import { addDays, daysBetween, type Interval } from "@twin/contracts/calendar";
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
export const beginning = "2000-01-01";

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
