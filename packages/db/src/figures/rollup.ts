import { setTimeout as sleep } from "node:timers/promises";
import { sql } from "drizzle-orm";
import { enqueueWithin, refreshKey } from "../jobs/enqueue.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { readCalendar } from "../tenancy/calendar/local-days.ts";
import { lockFigures, planOnce } from "./lock.ts";
import { markDueFlags } from "./new-day.ts";
import { type Mark, recompute } from "./recompute.ts";

/** Most days of people, and days' own numbers, that one transaction computes. */
const chunkDays = 4_000;
/**
 * Most rows of the dirty log that it looks through for them: where more has come than was computed, a person's day is
 * computed once for all that happened on it.
 */
const chunkRows = 40_000;

/**
 * While records keep coming in, chunks that aren't full begin at most once in this time: the cost of a chunk beside its
 * rows is then paid once, and a person who does several things is computed once.
 */
const pauseMs = 1_000;

export type RollupOptions = {
  /** The time of the run: it decides which days have ended, and is stored as the time of computing. */
  now: Date;
  /** False: answer `busy` where another rollup of this organisation is at work; true (default): wait for it. */
  wait?: boolean;
  /**
   * True: compute at most once a second. It waits until the last figures are a second old, and while records keep coming in
   * it looks again before it ends, so that one job an organisation is at work. Where other jobs wait it lets them go first.
   */
  live?: boolean;
  /** Ends the work after the current transaction. */
  signal?: AbortSignal;
  /**
   * Most transactions; without a limit by default. While records keep coming, a job without a limit, and its `now`, would
   * never end.
   */
  chunks?: number;
  /** The job run that stored rows name. */
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
  if (options.live === true && !(await restOfSecond(db, actor, options.signal)))
    return { ...outcome, status: "stopped" };
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
    if (chunk.marks > 0 || outcome.chunks === 0) await announce(db, actor, chunk.months > 0);
    const goesOn = chunk.left || (options.live === true && chunk.marks > 0 && outcome.chunks > 1);
    if (!goesOn) return outcome;
    if (chunk.isFull) continue;
    if (options.live === true && chunk.jobs_wait) return chunk.left ? { ...outcome, status: "stopped" } : outcome;
    await pause(begun + pauseMs - performance.now(), options.signal);
  }
}

const sinceFigures = statement(
  "figures.since_figures",
  { org_id: "int" },
  { ms: "float8?", jobs_wait: "boolean" },
  (p) => sql`
    select extract(epoch from clock_timestamp() - figures_at)::float8 * 1000 as ms, jobs_wait() as jobs_wait
    from organizations where id = ${p.org_id}`,
);

/** Waits until the last figures are a second old. @returns false where other jobs wait meanwhile */
async function restOfSecond(db: Database, actor: Actor, signal?: AbortSignal): Promise<boolean> {
  const [last] = await inTenant(db, actor, (tx) => tx.query(sinceFigures({ org_id: tx.org_id })));
  if (!last || last.ms === null || last.ms >= pauseMs) return true;
  if (last.jobs_wait) return false;
  await pause(pauseMs - last.ms, signal);
  return true;
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

/** The planner must know the tables of the next chunk, however fast they have grown. */
async function keepStatistics(db: Database, actor: Actor): Promise<void> {
  await inTenant(db, actor, (tx) =>
    tx.query({
      name: "analyze_outgrown",
      text: `select analyze_outgrown(array(
          select distinct date_trunc('month', day)::date from (
            select day from ops.dirty_log where org_id = $1 order by day desc limit $2
          ) d
        )) as analyzed`,
      values: [tx.org_id, chunkDays],
    }),
  );
}

/**
 * Newest days first, so that live figures stay current during an import; within a day the oldest marks. Rows are deleted by
 * their place in the table: by key, a plan made while the log was short would read all of it for each row. `is true` keeps
 * the places a table by hash; as an array, or as a join, each row of the log would be compared with each of them.
 */
export const takeMarks = `
  with candidate as materialized (
    select ctid, day, n, seq from ops.dirty_log where org_id = $1 order by day desc, seq limit $3
  ),
  first as (select ctid, day, min(seq) over (partition by day, n) as first_seq from candidate),
  ranked as materialized (select ctid, dense_rank() over (order by day desc, first_seq) as place from first),
  taken as (
    delete from ops.dirty_log
    where org_id = $1 and day >= (select min(day) from candidate) and (ctid in (select ctid from ranked where place <= $2)) is true
    returning day, n, received_at, recount
  )
  select day, array_agg(distinct n) filter (where n is not null) as ns, bool_or(n is null) as own,
    coalesce(bool_or(recount) filter (where n is not null), false) as recount,
    nullif(max(received_at), '-infinity') as received_at,
    (select max(place) >= $2 or count(*) >= $3 from ranked) as is_full
  from taken group by day`;

const marksLeft = statement(
  "figures.marks_left",
  { org_id: "int" },
  { left: "boolean", jobs_wait: "boolean" },
  (p) => sql`select exists (select from ops.dirty_log where org_id = ${p.org_id}) as "left", jobs_wait() as jobs_wait`,
);

async function rollupChunk(tx: Tx, options: RollupOptions) {
  await planOnce(tx);
  if (!(await lockFigures(tx, options.wait ?? true))) return "busy" as const;
  const calendar = await readCalendar(tx, options.now);
  // figures_at must be true: a chunk of the new day also computes what its midnight made due.
  if (calendar.figures_day !== null && calendar.figures_day < calendar.today) await markDueFlags(tx, calendar.today);
  const taken = await tx.query<Mark & { is_full: boolean }>({
    name: "take_marks",
    text: takeMarks,
    values: [tx.org_id, chunkDays, chunkRows],
  });
  const done = await recompute(tx, taken, calendar, options);
  const [after] = await tx.query(marksLeft({ org_id: tx.org_id }));
  return { marks: taken.length, isFull: taken[0]?.is_full === true, ...done, ...after! };
}

/** The monthly view is refreshed once no chunk has changed monthly stats for this long. */
const refreshAfterMs = 2_000;

/**
 * Announces that figures have changed, in a transaction of its own after the chunk: ingest locks the organisation's row,
 * and would wait for the whole chunk.
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
