import { type DataType, policyKinds } from "@twin/contracts/policies";
import { addDays, lastDayOf, monthOf } from "@twin/contracts/calendar";
import type { RowsDue } from "@twin/contracts/lifecycle";
import { clock, count, dayOf, daySpan, momentText, plainDay, shortMonthYear } from "@twin/wording/format";

/** What becomes of it, said after how long it is kept. */
export const thenText = (type: DataType): string => `then ${policyKinds[type].becomes}`;
/** "tonight, 03:00" for the run of the coming night, else its date. */
export function nightText(instant: string, zone: string, today: string): string {
  const day = dayOf(instant, zone);
  return day === addDays(today, 1) && clock(instant, zone) < "06:00"
    ? `tonight, ${clock(instant, zone)}`
    : momentText(instant, zone, today);
}

/** The days that rows are of: "24 Aug 2026", "Nov 2024", "3 – 17 Nov 2024". */
export function spanText({ first_day: first, last_day: last }: Pick<RowsDue, "first_day" | "last_day">): string {
  if (!first || !last) return "";
  if (first === last) return plainDay(first);
  return first === monthOf(first) && last === lastDayOf(first, "month") ? shortMonthYear(first) : daySpan(first, last);
}

/** What of a run's rows can be listed: how many, in the words of the list, and the list. */
export type Listed = { count: number; one: string; many: string; href: string };

/** What stands behind the number of rows: their days, or whose they are where no list says. */
export const ofText = (type: DataType, going: RowsDue): string => {
  const what = type === "deleted_users" ? "" : spanText(going);
  return `${going.rows === 1 ? "row" : "rows"}${what ? ` of ${what}` : ""}`;
};

/** A number of rows as people read it. */
export const rowsText = (rows: number): string => `${count(rows)} ${rows === 1 ? "row" : "rows"}`;
