import { setTimeout as sleep } from "node:timers/promises";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { enqueueWithin, refreshKey } from "../jobs/enqueue.ts";
import { deriveSessions } from "../records/sessions/derive.ts";
import type { Window } from "../records/sessions/windows.ts";
import { type Calendar, readCalendar } from "../tenancy/calendar/local-days.ts";
import { markDueFlags } from "./new-day.ts";
import { PairSet } from "./pair-set.ts";
import { lockUndated, moveBeginnings } from "./beginnings/store.ts";
import { type DayMark, storeActivityHours, storeDailyMetrics } from "./days/store.ts";
import { type Pairs, storePersonDays } from "./facts/store.ts";
import { everyLane, storeLanes, storePersonMonths, storeRetentionAfter } from "./store-people.ts";
import { storeDaySums } from "./sums/store.ts";

/** Most rows of the dirty log that one transaction works off. */
const chunkRows = 4_000;

/**
 * While records keep coming in, chunks that aren't full begin no sooner after each other: what a chunk costs beside its
 * own rows is then spent once a second, and a person who does several things is computed once.
 */
const pauseMs = 1_000;

/** From so many (person, day)s on it pays to plan for the very chunk (`planEach`). */
const manyPairs = 100;

export type RollupOptions = {
  /** When it begins: the time decides which days have ended, and stands in the bookkeeping columns. */
  now: Date;
  /** False: answer `busy` where another rollup of this organisation is at work; true (default): wait for it. */
  wait?: boolean;
  /** Ends the work after the transaction that runs. */
  signal?: AbortSignal;
  /** Most transactions; by default as many as it takes. Records that never stop would keep a job, and its `now`, for ever. */
  chunks?: number;
  /** The run that the rows are signed with. */
  jobRunId?: number;
};

/** `done`: the log was empty at the end. `busy`, `stopped`: something may be left, so ask again. */
export type RollupOutcome = {
  status: "done" | "busy" | "stopped";
  chunks: number;
  days: number;
  person_days: number;
  rows: number;
};

/**
 * Brings every figure of the actor's organisation up to date with its dirty log: derived sessions, facts, features,
 * hours, bitsets, retention, monthly stats, daily metrics. Each chunk is a transaction of its own under the
 * organisation's lock, recomputes from raw rows and writes only differences, so a repeated or killed run does no harm.
 */
export async function rollupOrganization(db: Database, actor: Actor, options: RollupOptions): Promise<RollupOutcome> {
  const outcome: RollupOutcome = { status: "done", chunks: 0, days: 0, person_days: 0, rows: 0 };
  const began = performance.now();
  await ensureMonths(db, actor);
  for (;;) {
    const begun = performance.now();
    // Days may end between chunks.
    const now = outcome.chunks === 0 ? options.now : new Date(options.now.getTime() + begun - began);
    if (options.signal?.aborted || outcome.chunks === options.chunks) return { ...outcome, status: "stopped" };
    await keepStatistics(db, actor);
    const chunk = await inTenant(db, actor, (tx) => rollupChunk(tx, { ...options, now }));
    if (chunk === "busy") return { ...outcome, status: "busy" };
    if (chunk.marks > 0) outcome.chunks++;
    outcome.days += chunk.days;
    outcome.person_days += chunk.person_days;
    outcome.rows += chunk.rows;
    if (chunk.marks > 0 || chunk.left === 0) await announce(db, actor, chunk.months > 0);
    if (chunk.left === 0) return outcome;
    if (chunk.taken < chunkRows) await pause(begun + pauseMs - performance.now(), options.signal);
  }
}

const pause = (ms: number, signal?: AbortSignal) => sleep(Math.max(ms, 0), null, { signal }).catch(() => {});

/** Derived sessions begin at messages, whose month may be later than their conversation's. */
async function ensureMonths(db: Database, actor: Actor): Promise<void> {
  const months = await inTenant(db, actor, (tx) =>
    tx.query<{ month: string }>({
      name: "dirty_months",
      text: `select distinct date_trunc('month', d.day + edge)::date as month
        from (select distinct day from ops.dirty_log where org_id = $1 and n is not null) d, unnest(array[-1, 1]) edge
        where d.day between '1971-01-01' and '2199-01-01'`,
      values: [actor.org_id],
    }),
  );
  for (const { month } of months) {
    await inTenant(db, actor, (tx) =>
      tx.query({ name: "ensure_month", text: "select ensure_month($1::date) as made", values: [month] }),
    );
  }
}

/** Plans of the next chunk must know the tables that it reads, however fast those have grown. */
async function keepStatistics(db: Database, actor: Actor): Promise<void> {
  await inTenant(db, actor, (tx) =>
    tx.query({
      name: "analyze_outgrown",
      text: `select analyze_outgrown(array(
          select distinct date_trunc('month', day)::date from (
            select day from ops.dirty_log where org_id = $1 order by day desc limit $2
          ) d
        )) as analyzed`,
      values: [tx.org_id, chunkRows],
    }),
  );
}

/** Two keys of one lock space: ours, and the organisation. The lock is taken in a statement of its own, so that all that follows sees what its last holder stored. */
const rollupLock = "hashtext('twin: rollup')";

/** Planning over all months takes longer than the work itself: statements of this transaction are planned once a connection. */
export async function planOnce(tx: Tx): Promise<void> {
  await tx.query({ text: "set local plan_cache_mode = force_generic_plan; set local jit = off" });
}

/**
 * The same transaction with each statement planned for its very values: joins of a chunk's own rows must not be loops. By
 * leaving their names out, not by a setting: that would plan the check of every foreign key anew, row by row.
 */
async function planEach(tx: Tx): Promise<Tx> {
  await tx.query({ text: "set local plan_cache_mode = auto" });
  return {
    org_id: tx.org_id,
    query: ({ text, values }) => tx.query({ text, ...(values && { values }) }),
    get orm() {
      return tx.orm;
    },
  };
}

/** Takes the organisation's rollup lock for the rest of the transaction. False where it is held and `wait` is false. */
export async function lockFigures(tx: Tx, wait: boolean): Promise<boolean> {
  const [lock] = await tx.query<{ held: boolean }>(
    wait
      ? {
          name: "lock_figures",
          text: `select pg_advisory_xact_lock(${rollupLock}, $1) is not null as held`,
          values: [tx.org_id],
        }
      : {
          name: "try_lock_figures",
          text: `select pg_try_advisory_xact_lock(${rollupLock}, $1) as held`,
          values: [tx.org_id],
        },
  );
  return lock!.held;
}

/** A day to compute anew: for whom, whether its own numbers too, and when its latest record came in, if one did. */
export type Mark = { day: string; ns: (number | null)[] | null; own: boolean; received_at: string | null };

/** What a recompute is about to write: people's days, and the days that they add up to. */
export type Affected = { pairs: Pairs; days: string[] };

/**
 * Newest days first: what is live stays fresh while an import is worked off. Of one day the oldest marks. They are deleted
 * where they lie: by a key, a plan made while the log was short reads all of it for each.
 */
export const takeMarks = `
  with taken as (
    delete from ops.dirty_log where ctid = any (array(
      select ctid from ops.dirty_log where org_id = $1 order by day desc, seq limit $2 for update skip locked
    )) returning day, n, received_at
  )
  select day, array_agg(distinct n) filter (where n is not null) as ns, bool_or(n is null) as own,
    nullif(max(received_at), '-infinity') as received_at, count(*)::int as rows
  from taken group by day`;

async function rollupChunk(tx: Tx, options: RollupOptions) {
  await planOnce(tx);
  if (!(await lockFigures(tx, options.wait ?? true))) return "busy" as const;
  const calendar = await readCalendar(tx, options.now);
  // What figures_at says to be up to date must be so: a chunk of the new day brings what its midnight made due.
  if (calendar.figures_day !== null && calendar.figures_day < calendar.today) await markDueFlags(tx, calendar.today);
  const taken = await tx.query<Mark & { rows: number }>({
    name: "take_marks",
    text: takeMarks,
    values: [tx.org_id, chunkRows],
  });
  const done = await recompute(tx, taken, calendar, options);
  const [left] = await tx.query<{ left: number }>({
    name: "marks_left",
    text: `select exists (select from ops.dirty_log where org_id = $1)::int as "left"`,
    values: [tx.org_id],
  });
  return { marks: taken.length, taken: taken.reduce((sum, { rows }) => sum + rows, 0), ...done, left: left!.left };
}

/**
 * Computes what is marked, and what that changes beside it, from raw rows: the one way that figures come to be, for the
 * rollup and for backfills. The caller holds the organisation's lock. Marks in sealed days are dropped.
 * @param watch told what is about to be written, after sessions were derived and before anything else is
 */
export async function recompute(
  within: Tx,
  wanted: Mark[],
  calendar: Calendar,
  options: Pick<RollupOptions, "now" | "jobRunId">,
  watch?: (affected: Affected) => Promise<void>,
): Promise<{ days: number; person_days: number; rows: number; months: number }> {
  const marks = await openOnly(within, wanted);
  const days = new Map<string, DayMark>(marks.map(({ day, own, received_at }) => [day, { day, own, received_at }]));
  const pairs = new PairSet();
  for (const mark of marks) for (const n of mark.ns ?? []) if (n !== null) pairs.add(n, mark.day);
  const rawDays = [...pairs.days()];
  const tx = pairs.size > manyPairs ? await planEach(within) : within;

  const months = new PairSet();
  for (const { n, day } of pairs) if (n > 0) months.add(n, monthOf(day));
  await lockUndated(tx, pairs.columns().ns);
  for (const change of await derive(tx, pairs.columns(), calendar)) {
    if (change.changed === "session") {
      pairs.add(change.n, change.day);
      if (!days.has(change.day)) days.set(change.day, { day: change.day, own: false, received_at: null });
    } else months.add(change.n, monthOf(change.day));
  }

  await watch?.({ pairs: pairs.columns(), days: [...days.keys()] });
  // A day that is marked as such is right again whatever was stored, also of people without a mark.
  const own = new Set(marks.filter((mark) => mark.own).map(({ day }) => day));
  const { rows, gains } = await storePersonDays(tx, pairs.columns(), calendar.day_rule, [...own]);
  const begun = await moveBeginnings(tx, pairs.columns(), calendar.day_rule, own.size > 0);
  if (watch) await markOwn(tx, begun);
  else for (const day of begun) days.set(day, { received_at: null, ...days.get(day), day, own: true });
  await storeActivityHours(tx, rawDays, calendar.day_rule);
  const lanes = await everyLane(tx, [...own]);
  await storeLanes(tx, [...lanes, ...pairs.lanes(own)], false);
  const moved = await storeRetentionAfter(tx, pairs.columns(), gains, pairs.people(own), calendar.today, options.now);
  await storeLanes(tx, [...moved, ...lanes], true);
  await storeDaySums(tx, [...own]);
  await storeDailyMetrics(tx, [...days.values()], calendar.day_rule, options.now, options.jobRunId ?? null);
  const monthly = months.columns();
  const changed = await storePersonMonths(tx, monthly.ns, monthly.days, calendar.day_rule);
  return { days: days.size, person_days: pairs.size, rows, months: changed };
}

/** Days of which the caller isn't told any more: a rollup computes their own numbers. */
async function markOwn(tx: Tx, days: readonly string[]): Promise<void> {
  if (days.length === 0) return;
  await tx.query({
    text: `with marked as (insert into ops.dirty_log (org_id, day, n, received_at) select $1, d, null, '-infinity' from unnest($2::date[]) d returning 1)
      select enqueue_job('metrics/rollup', json_build_object('org_id', $1::int), 'rollup:' || $1::int) from marked limit 1`,
    values: [tx.org_id, days],
  });
}

/** Sealed figures are final: marks in sealed days are dropped. */
async function openOnly(tx: Tx, marks: Mark[]): Promise<Mark[]> {
  if (marks.length === 0) return marks;
  const open = await tx.query<{ day: string }>({
    name: "open_days",
    text: `select t.day from unnest($2::date[]) t (day) join organizations o on o.id = $1 where not is_sealed(t.day, o)`,
    values: [tx.org_id, marks.map((mark) => mark.day)],
  });
  const days = new Set(open.map(({ day }) => day));
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
  const changes = await deriveSessions(tx, windows, { from: calendar.sealed_from, before: calendar.sealed_before });
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

/** A refresh of the monthly view comes when no chunk has changed monthly stats for so long. */
const refreshAfterMs = 2_000;

/**
 * Says that figures have changed. After the chunk, in a transaction of its own: ingest holds the organisation's row, and
 * nobody waits for nobody.
 * @param monthly whether monthly stats have changed: their view is refreshed once it is quiet
 */
export async function announce(db: Database, actor: Actor, monthly: boolean): Promise<void> {
  await inTenant(db, actor, async (tx) => {
    await tx.query({
      name: "announce_figures",
      text: `with done as (update organizations set figures_at = clock_timestamp() where id = $1 returning id)
        select pg_notify('figures', id::text) from done`,
      values: [tx.org_id],
    });
    if (monthly) await enqueueWithin(tx, "metrics/refresh-views", {}, { key: refreshKey, delayMs: refreshAfterMs });
  });
}

const monthOf = (day: string): string => `${day.slice(0, 7)}-01`;
