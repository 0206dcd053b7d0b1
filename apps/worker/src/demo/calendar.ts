import { addDays } from "@twin/contracts/dates";
import { demoOrganization } from "@twin/db/access/demo";

export const demoZone = demoOrganization.time_zone;

const local = new Intl.DateTimeFormat("en-CA", { timeZone: demoZone, dateStyle: "short" });
const offset = new Intl.DateTimeFormat("en-US", { timeZone: demoZone, timeZoneName: "longOffset", hour: "2-digit" });

/** The local day of an instant. */
export const dayOf = (at: Date): string => local.format(at);

/** The instant `minutes` after a local midnight; in a night when clocks change only times after noon are exact. */
export function instantOf(day: string, minutes: number): Date {
  const noon = new Date(`${day}T12:00:00Z`);
  const [, sign, hours, rest] = /GMT([+-])(\d{2}):(\d{2})/.exec(offset.format(noon)) ?? [];
  const ahead = sign === undefined ? 0 : (Number(hours) * 60 + Number(rest)) * (sign === "-" ? -1 : 1);
  return new Date(Date.parse(`${day}T00:00:00Z`) + (minutes - ahead) * 60_000);
}

/** 0 is Monday. */
export const weekday = (day: string): number => (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;

/** Whole days from one local day to another. */
export const daysFrom = (first: string, day: string): number => (Date.parse(day) - Date.parse(first)) / 86_400_000;

/** Easter Sunday (Gauss). */
function easter(year: number): string {
  const [a, b, c] = [year % 19, Math.floor(year / 100), year % 100];
  const [d, e] = [Math.floor(b / 4), b % 4];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - d - g + 15) % 30;
  const [i, k] = [Math.floor(c / 4), c % 4];
  const l = (32 + 2 * e + 2 * i - h - k) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return `${year}-${String(Math.floor(n / 31)).padStart(2, "0")}-${String((n % 31) + 1).padStart(2, "0")}`;
}

/** How much of a usual day's work is done on a day: weekends, holidays of Berlin, and the quiet end of the year. */
export function workload(day: string): number {
  const date = day.slice(5);
  const sunday = easter(Number(day.slice(0, 4)));
  const holidays = [-2, 1, 39, 50].map((after) => addDays(sunday, after));
  if (holidays.includes(day) || ["01-01", "05-01", "10-03", "12-25", "12-26"].includes(date)) return 0.05;
  const usual = [0.96, 1.08, 1.1, 1.03, 0.82, 0.17, 0.13][weekday(day)]!;
  if (date >= "12-22") return usual * 0.3;
  if (date <= "01-05") return usual * 0.45;
  if (date >= "07-20" && date <= "08-25") return usual * 0.78;
  return usual;
}
