const whole = new Intl.NumberFormat("en-US");
/** 12,400 */
export const count = (value: number): string => whole.format(value);

/** "1 activity", "2 activities" */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A share in units of 10^-digits per cent: 0.723 -> 72, with one digit 72.3. */
export const inPoints = (share: number, digits = 0): number =>
  Math.round(Number((share * 100 * 10 ** digits).toPrecision(14))) / 10 ** digits;

/** What reads as nothing or as everything is that: else "<1" or ">99". */
function edged(points: number, share: number, digits: number): string {
  const least = 10 ** -digits;
  if (points <= 0 && share > 0) return `<${least.toFixed(digits)}`;
  if (points >= 100 && share < 1) return `>${(100 - least).toFixed(digits)}`;
  return points.toFixed(digits);
}

/** 0.723 -> "72", without its sign; 0 and 100 only where it is exactly that, else "<1" and ">99". */
export const percentAt = (share: number, digits = 0): string => edged(inPoints(share, digits), share, digits);

/** 0.723 -> "72 %": with a space that doesn't break. */
export const percent = (share: number | null, digits = 0): string =>
  share === null ? "–" : `${percentAt(share, digits)}\u00a0%`;

/**
 * The parts of one whole in per cent, in their order: rounded so that they sum to 100, what is left over going to the
 * largest remainders. Nothing of nothing has no share.
 */
export function sharesOf(parts: number[], digits = 0): string[] {
  const whole = parts.reduce((sum, part) => sum + part, 0);
  if (whole === 0) return parts.map(() => "–");
  const units = 100 * 10 ** digits;
  // A part times the units is whole, and so are its quotient and its remainder.
  const given = parts.map((part) => Math.floor((part * units) / whole));
  const left = units - given.reduce((sum, one) => sum + one, 0);
  const order = parts.map((part, at) => ({ at, part, rest: (part * units) % whole }));
  order.sort((a, b) => b.rest - a.rest || b.part - a.part || a.at - b.at);
  for (const { at } of order.slice(0, left)) given[at]!++;
  return parts.map((part, at) => `${edged(given[at]! / 10 ** digits, part / whole, digits)}\u00a0%`);
}

/** "4 min 12 s" */
export function duration(seconds: number | null): string {
  if (seconds === null) return "–";
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const part = (value: number, unit: string) => `${value}\u00a0${unit}`;
  if (hours) return minutes ? `${part(hours, "h")} ${part(minutes, "min")}` : part(hours, "h");
  if (minutes) return rest ? `${part(minutes, "min")} ${part(rest, "s")}` : part(minutes, "min");
  return part(rest, "s");
}

const dayFormat = (options: Intl.DateTimeFormatOptions) => {
  const format = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
  return (day: string) => {
    const time = Date.parse(`${day}T00:00:00Z`);
    // A sender's time of a year beyond 9999: shown as it is.
    // British English is alone in four letters for one month.
    return Number.isNaN(time)
      ? day
      : format
          .format(time)
          .replace(",", "")
          .replace(/\bSept\b/, "Sep");
  };
};
const withYear = dayFormat({ weekday: "short", day: "numeric", month: "short", year: "numeric" });
const withWeekday = dayFormat({ weekday: "short", day: "numeric", month: "short" });
const plain = dayFormat({ day: "numeric", month: "short" });
const plainYear = dayFormat({ day: "numeric", month: "short", year: "numeric" });
const inFull = dayFormat({ weekday: "long", day: "numeric", month: "long" });
const inFullYear = dayFormat({ weekday: "long", day: "numeric", month: "long", year: "numeric" });
/** "November 2026" */
export const monthText = dayFormat({ month: "long", year: "numeric" });
/** "Nov" */
export const shortMonth = dayFormat({ month: "short" });
/** "Nov 2026" */
export const shortMonthYear = dayFormat({ month: "short", year: "numeric" });
/** "Thursday" */
export const weekdayText = dayFormat({ weekday: "long" });

/** "Tue 17 Nov 2026", or without the year. */
export const dayText = (day: string, year = true): string => (year ? withYear(day) : withWeekday(day));
/** "17 Nov" */
export const shortDay = plain;
/** "17 Nov 2026" */
export const plainDay = plainYear;

/** "26 Oct – 22 Nov 2026"; what both ends share stands once, and the year `known` not at all. */
export function daySpan(start: string, end: string, known?: string): string {
  const [startYear, endYear] = [start.slice(0, 4), end.slice(0, 4)];
  if (startYear !== endYear) return `${plainYear(start)} – ${plainYear(end)}`;
  const last = endYear === known ? plain(end) : plainYear(end);
  return start.slice(0, 7) === end.slice(0, 7) ? `${Number(start.slice(8))} – ${last}` : `${plain(start)} – ${last}`;
}

/** "Today, Sunday 22 November" */
export function dayHeading(day: string, today: string): string {
  const text = day.slice(0, 4) === today.slice(0, 4) ? inFull(day) : inFullYear(day);
  return day === today ? `Today, ${text}` : text;
}

const parts = new Map<string, Intl.DateTimeFormat>();
const at = (instant: string, zone: string, kind: string, options: Intl.DateTimeFormatOptions) => {
  const key = `${zone} ${kind}`;
  if (!parts.has(key))
    parts.set(key, new Intl.DateTimeFormat("en-CA", { timeZone: zone, hourCycle: "h23", ...options }));
  return parts.get(key)!.format(Date.parse(instant));
};
/** The local day of an instant, `YYYY-MM-DD`. */
export const dayOf = (instant: string, zone: string): string =>
  at(instant, zone, "day", { year: "numeric", month: "2-digit", day: "2-digit" });
/** "10:42" in the organisation's zone. */
export const clock = (instant: string, zone: string): string =>
  at(instant, zone, "clock", { hour: "2-digit", minute: "2-digit" });
/** "10:42:07" in the organisation's zone. */
export const clockSeconds = (instant: string, zone: string): string =>
  at(instant, zone, "seconds", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** "today, 10:42"; of another day its date, with the year where it isn't this one: "15 Dec, 02:00". */
export function momentText(instant: string, zone: string, today: string): string {
  const day = dayOf(instant, zone);
  const date = day === today ? "today" : day.slice(0, 4) === today.slice(0, 4) ? shortDay(day) : plainDay(day);
  return `${date}, ${clock(instant, zone)}`;
}

/** "today, 10:42" or "Tue 17 Nov 2026"; "–" for never. */
export function lastSeen(instant: string | null, zone: string, today: string): string {
  if (!instant) return "–";
  const day = dayOf(instant, zone);
  return day === today ? `today, ${clock(instant, zone)}` : dayText(day);
}

const units = ["B", "kB", "MB", "GB", "TB"];
/** "4.1 MB" */
export function bytesText(bytes: number): string {
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)}\u00a0${units[power]}`;
}

/** "Berlin, UTC+1" */
export function zoneText(zone: string, now: Date): string {
  const offset = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "shortOffset" })
    .formatToParts(now)
    .find((part) => part.type === "timeZoneName")!.value;
  if (zone === "UTC" || zone === "Etc/UTC") return "UTC";
  const city = zone.slice(zone.lastIndexOf("/") + 1).replaceAll("_", " ");
  // Some engines say "GMT" of no offset, others "GMT+0".
  return `${city}, ${offset.replace("GMT", "UTC").replace(/\+0$/, "").replace("-", "−")}`;
}
