import type { UserDaysAnswer } from "@twin/contracts/users";
import { shortMonth } from "@twin/wording/format";

export type YearDay = UserDaysAnswer["days"][number];

/** Days as seven rows, Monday first, of as many columns as there are weeks; null before the first day and after the last. */
export function weeksOf(days: YearDay[]): (YearDay | null)[][] {
  const first = days[0];
  if (!first) return Array.from({ length: 7 }, () => []);
  // 1970-01-05 was a Monday.
  const lead = (((Date.parse(`${first.date}T00:00:00Z`) / 86_400_000 - 4) % 7) + 7) % 7;
  const weeks = Math.ceil((lead + days.length) / 7);
  return Array.from({ length: 7 }, (_, weekday) =>
    Array.from({ length: weeks }, (_, week) => days[week * 7 + weekday - lead] ?? null),
  );
}

/** A month's name stands over the first week that holds its first day; how many columns each takes. */
export function monthsOf(weeks: (YearDay | null)[][]): { name: string; weeks: number }[] {
  const months: { name: string; weeks: number }[] = [];
  for (let week = 0; week < (weeks[0]?.length ?? 0); week++) {
    const begins = weeks.map((row) => row[week]).find((day) => day?.date.endsWith("-01"));
    if (begins) months.push({ name: shortMonth(begins.date), weeks: 1 });
    else if (months.length) months.at(-1)!.weeks++;
    else months.push({ name: "", weeks: 1 });
  }
  return months;
}

/** 0 for nothing, then 1 to 6 up to the busiest day. */
export const dayHeat = (value: number, most: number): number =>
  value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 6));
