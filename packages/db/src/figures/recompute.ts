import { monthOf } from "@twin/contracts/calendar";
import { enqueueRollup } from "../jobs/enqueue.ts";
import { deriveSessions } from "../records/sessions/derive.ts";
import type { Window } from "../records/sessions/windows.ts";
import type { Tx } from "../tenancy/actor.ts";
import type { Calendar } from "../tenancy/calendar/local-days.ts";
import { lockPeople, moveBeginnings } from "./beginnings/store.ts";
import { allBitmapChunks, storeBitmapChunks } from "./bitmaps/store.ts";
import { storeRetentionAfter } from "./cohorts/store.ts";
import { type DayMark, storeDailyMetrics } from "./days/store.ts";
import { type Pairs, storePersonDays } from "./facts/store.ts";
import { followActivityHours, forgetHourChanges, storeActivityHours } from "./hours/store.ts";
import { planEach } from "./lock.ts";
import { storePersonMonths } from "./months/store.ts";
import { PairSet } from "./pair-set.ts";
import { storeDaySums } from "./sums/store.ts";

/** From this many (person, day)s on, planning for the chunk itself pays (`planEach`). */
const manyPairs = 100;

/**
 * A day to compute anew: for whom, whether its own numbers too, whether its activities are counted anew by hour or by what
 * came in (`ops.hour_changes`), and when its latest record came in, if one did.
 */
export type Mark = {
  day: string;
  ns: (number | null)[] | null;
  own: boolean;
  recount: boolean;
  received_at: string | null;
};

/** What a recompute is about to write: people's days, and the days that they add up to. */
export type Affected = { pairs: Pairs; days: string[] };

/**
 * Computes what is marked, and what depends on it, from raw rows: the one way in which figures are computed, by the rollup
 * and by backfills. The caller holds the organisation's lock. Marks in sealed days are dropped.
 * @param watch called with what is about to be written, after sessions were derived and before anything else is
 */
export async function recompute(
  within: Tx,
  wanted: Mark[],
  calendar: Calendar,
  options: { now: Date; jobRunId?: number },
  watch?: (affected: Affected) => Promise<void>,
): Promise<{ days: number; person_days: number; rows: number; months: number }> {
  const marks = await openOnly(within, wanted, calendar.day_rule);
  const days = new Map<string, DayMark>(marks.map(({ day, own, received_at }) => [day, { day, own, received_at }]));
  const pairs = new PairSet();
  for (const mark of marks) for (const n of mark.ns ?? []) if (n !== null) pairs.add(n, mark.day);
  const tx = pairs.size > manyPairs ? await planEach(within) : within;

  const months = new PairSet();
  for (const { n, day } of pairs) if (n > 0) months.add(n, monthOf(day));
  for (const change of await derive(tx, pairs.columns(), calendar)) {
    if (change.changed === "session") {
      pairs.add(change.n, change.day);
      if (!days.has(change.day)) days.set(change.day, { day: change.day, own: false, received_at: null });
    } else months.add(change.n, monthOf(change.day));
  }

  await watch?.({ pairs: pairs.columns(), days: [...days.keys()] });
  // A marked day is correct afterwards whatever was stored, also for people without a mark.
  const own = new Set(marks.filter((mark) => mark.own).map(({ day }) => day));
  const { rows, gains } = await storePersonDays(tx, pairs.columns(), calendar.day_rule, [...own]);
  const begun = await moveBeginnings(tx, pairs.columns(), calendar.day_rule, own.size > 0);
  if (watch) await markOwn(tx, begun);
  else for (const day of begun) days.set(day, { received_at: null, ...days.get(day), day, own: true });
  const daysOf = (recount: boolean) => marks.flatMap((mark) => (mark.recount === recount ? mark.day : []));
  await storeActivityHours(tx, daysOf(true), calendar.day_rule);
  await followActivityHours(tx, daysOf(false), calendar.day_rule);
  const chunks = await allBitmapChunks(tx, [...own]);
  await storeBitmapChunks(tx, [...chunks, ...pairs.bitmapChunks(own)], false);
  const moved = await storeRetentionAfter(tx, pairs.columns(), gains, pairs.people(own), calendar.today, options.now);
  await storeBitmapChunks(tx, [...moved, ...chunks], true);
  await storeDaySums(tx, [...own]);
  await storeDailyMetrics(tx, [...days.values()], calendar.day_rule, options.now, options.jobRunId ?? null);
  const monthly = months.columns();
  const changed = await storePersonMonths(tx, monthly.ns, monthly.days, calendar.day_rule);
  return { days: days.size, person_days: pairs.size, rows, months: changed };
}

/** Marks days that the caller isn't told of any more: a rollup computes their own numbers. */
async function markOwn(tx: Tx, days: readonly string[]): Promise<void> {
  if (days.length === 0) return;
  await tx.query({
    text: "insert into ops.dirty_log (org_id, day, n, received_at) select $1, d, null, '-infinity' from unnest($2::date[]) d",
    values: [tx.org_id, days],
  });
  await enqueueRollup(tx);
}

/** Sealed figures are final: marks in sealed days are dropped. */
async function openOnly(tx: Tx, marks: Mark[], dayRule: string): Promise<Mark[]> {
  if (marks.length === 0) return marks;
  const open = await tx.query<{ day: string }>({
    name: "open_days",
    text: `select t.day from unnest($2::date[]) t (day) join organizations o on o.id = $1 where not is_sealed(t.day, o)`,
    values: [tx.org_id, marks.map((mark) => mark.day)],
  });
  const days = new Set(open.map(({ day }) => day));
  const sealed = marks.flatMap(({ day }) => (days.has(day) ? [] : day));
  await forgetHourChanges(tx, sealed, dayRule);
  return marks.filter((mark) => days.has(mark.day));
}

type LocalChange = { n: number; day: string; changed: "session" | "activity" };

async function derive(
  tx: Tx,
  pairs: Pairs,
  calendar: Pick<Calendar, "day_rule" | "sealed_from" | "sealed_before">,
): Promise<LocalChange[]> {
  if (pairs.ns.length === 0) return [];
  const windows = await tx.query<Window>({
    name: "dirty_windows",
    text: `select u.id as user_id, start_of(p.day, $4) as lo, start_of(p.day + 1, $4) as hi
      from unnest($2::int[], $3::date[]) p (n, day) join users u on u.org_id = $1 and u.n = p.n`,
    values: [tx.org_id, pairs.ns, pairs.days, calendar.day_rule],
  });
  const sealed = { from: calendar.sealed_from, before: calendar.sealed_before };
  const changes = await deriveSessions(tx, windows, sealed, (touched) =>
    lockPeople(tx, pairs, touched, calendar.day_rule),
  );
  if (changes.length === 0) return [];
  return tx.query<LocalChange>({
    name: "local_changes",
    text: `select distinct u.n, day_of(c.at, $5) as day, c.changed
      from unnest($2::uuid[], $3::timestamptz[], $4::text[]) c (user_id, at, changed)
      join users u on u.org_id = $1 and u.id = c.user_id`,
    values: [
      tx.org_id,
      changes.map((change) => change.user_id),
      changes.map((change) => change.at),
      changes.map((change) => change.changed),
      calendar.day_rule,
    ],
  });
}
