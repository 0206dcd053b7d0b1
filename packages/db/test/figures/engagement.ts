import type { EngagementAnswer } from "@twin/contracts/engagement";
import type { RetentionAnswer } from "@twin/contracts/retention";

// What engagement and retention are, over lists of days on which people were active: plain and slow, written from the
// definitions alone, sharing nothing with the SQL nor with its calendar.

export type Interval = "day" | "week" | "month";
/** The days on which each person was active, in any order; the first of them is their cohort date. */
export type ActiveDays = readonly (readonly string[])[];

const utc = (day: string) => new Date(`${day}T12:00:00Z`);
const text = (date: Date) => date.toISOString().slice(0, 10);
/** The day so many days later. */
export const plus = (day: string, days: number): string => {
  const date = utc(day);
  date.setUTCDate(date.getUTCDate() + days);
  return text(date);
};
const monday = (day: string) => {
  let at = day;
  while (utc(at).getUTCDay() !== 1) at = plus(at, -1);
  return at;
};
const startOf = (day: string, interval: Interval) =>
  interval === "day" ? day : interval === "week" ? monday(day) : `${day.slice(0, 8)}01`;
const startAfter = (start: string, interval: Interval) => {
  let at = plus(start, 1);
  while (startOf(at, interval) !== at) at = plus(at, 1);
  return at;
};
const startsOf = (first: string, last: string, interval: Interval) => {
  const starts: string[] = [];
  for (let at = startOf(first, interval); at <= last; at = startAfter(at, interval)) starts.push(at);
  return starts;
};

/** Whether one was active from a day on, up to before another. */
const within = (days: readonly string[], from: string, before: string) =>
  days.some((day) => day >= from && day < before);
const count = (people: ActiveDays, is: (days: readonly string[]) => boolean) => people.filter(is).length;

/** Engagement of the days `first` to `last`, as it stands on the day `today`. */
export function engagementOf(
  people: ActiveDays,
  first: string,
  last: string,
  interval: Interval,
  today: string,
): Omit<EngagementAnswer, "timezone" | "as_of" | "not_applied"> {
  const days = startsOf(first, last, "day").map((date) => {
    const active = (window: number) => count(people, (all) => within(all, plus(date, 1 - window), plus(date, 1)));
    const [dau, wau, mau] = [active(1), active(7), active(30)];
    return { date, dau, wau, mau, stickiness: mau === 0 ? null : dau / mau };
  });
  const periods = startsOf(first, last, interval);
  const times = people.map(
    (all) => new Set(all.filter((day) => day >= first && day <= last).map((day) => startOf(day, interval))).size,
  );
  const active_days = [...new Set(times)]
    .filter((n) => n > 0)
    .sort((a, b) => a - b)
    .map((n) => ({ days: n, users: times.filter((one) => one === n).length }));
  const lifecycle = periods.map((date) => {
    const [before, after] = [startOf(plus(date, -1), interval), startAfter(date, interval)];
    const now = (all: readonly string[]) => within(all, date, after);
    const previous = (all: readonly string[]) => within(all, before, date);
    const ever = (all: readonly string[]) => within(all, "0000", date);
    return {
      date,
      complete: after <= today,
      new: count(people, (all) => now(all) && !ever(all)),
      returning: count(people, (all) => now(all) && previous(all)),
      resurrecting: count(people, (all) => now(all) && !previous(all) && ever(all)),
      dormant: 0 - count(people, (all) => previous(all) && !now(all)),
    };
  });
  return { days, active_days, lifecycle };
}

export type Asked = {
  first: string;
  last: string;
  period: Interval;
  mode: "first" | "recurring";
  match: "on" | "on_or_after";
  periods?: number | undefined;
  until?: string | undefined;
};

/** Retention as it stands on the day `today`; rates without their intervals. */
export function retentionOf(people: ActiveDays, asked: Asked, today: string) {
  const { period, match, periods } = asked;
  const active = people.filter((all) => all.length > 0);
  const firstDay = (all: readonly string[]) => all.toSorted()[0]!;
  const yesterday = plus(today, -1);
  const cut = match === "on_or_after" && asked.until !== undefined && asked.until < yesterday;
  const lookTo = cut ? asked.until! : yesterday;
  const starts = startsOf(asked.first, asked.last, period);
  const inCohort = (cohort: string) => (all: readonly string[]) =>
    asked.mode === "first"
      ? startOf(firstDay(all), period) === cohort
      : all.some((day) => startOf(day, period) === cohort);

  const cohorts = starts.map((cohort) => {
    const members = active.filter(inCohort(cohort));
    const cells = [{ period: 0, retained: members.length, complete: startAfter(cohort, period) <= today }];
    let start = startAfter(cohort, period);
    for (let at = 1; start <= (cut ? lookTo : today); at++, start = startAfter(start, period)) {
      if (periods === undefined ? start > asked.last : at > periods) break;
      const end = startAfter(start, period);
      const counts = (day: string) => day >= start && day <= lookTo && (match === "on_or_after" || day < end);
      cells.push({
        period: at,
        retained: members.filter((all) => all.some(counts)).length,
        complete: plus(end, -1) <= lookTo,
      });
    }
    return { cohort, size: members.length, cells };
  });

  const widest = Math.max(...cohorts.map(({ cells }) => cells.length));
  const average = Array.from({ length: widest }, (_, at) => {
    let [retained, eligible] = [0, 0];
    for (const { size, cells } of cohorts) {
      if (!cells[at]?.complete) continue;
      retained += cells[at].retained;
      eligible += size;
    }
    return { period: at, retained, eligible, rate: eligible === 0 ? null : retained / eligible };
  });
  const shown = active.filter((all) => starts.includes(startOf(firstDay(all), period)));
  const days = startsOf(starts[0]!, plus(startAfter(starts.at(-1)!, period), -1), "day");
  const dayN = (n: number) => {
    const over = days.filter((day) => plus(day, n) < today);
    const eligible = shown.filter((all) => plus(firstDay(all), n) < today);
    const retained = eligible.filter((all) => all.includes(plus(firstDay(all), n))).length;
    return {
      retained,
      eligible: eligible.length,
      rate: eligible.length === 0 ? null : retained / eligible.length,
      rate_all: shown.length === 0 ? null : retained / shown.length,
      days: over.length === 0 ? null : { start_date: over[0], end_date: over.at(-1) },
    };
  };
  return { cohorts, average, day_1: dayN(1), day_7: dayN(7), day_30: dayN(30) };
}

/** An answer without time zone, `as_of` and intervals, which the plain count doesn't have. */
export function withoutIntervals({ timezone: _zone, as_of: _asOf, not_applied: _filters, ...answer }: RetentionAnswer) {
  const bare = <T extends { low: unknown; high: unknown }>({ low: _low, high: _high, ...rest }: T) => rest;
  return {
    cohorts: answer.cohorts,
    average: answer.average.map(bare),
    day_1: bare(answer.day_1),
    day_7: bare(answer.day_7),
    day_30: bare(answer.day_30),
  };
}
