import type { BackfillChange } from "@twin/contracts/backfills";
import { monthOf } from "@twin/contracts/calendar";
import type { BackfillKind } from "@twin/contracts/vocabulary";
import { figuresSummed } from "@twin/contracts/figures";
import { sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { only, statement } from "../../postgres/statement.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { announce } from "../rollup.ts";
import { listChunkMarks } from "./chunk-marks.ts";
import { changesBetween, type ChunkScope, takeSnapshot } from "./snapshot.ts";
import { queueChunk } from "./start.ts";
import { bitmapChunkWidth } from "../bitmaps/define.ts";
import { storeRetentionOf } from "../cohorts/store.ts";
import { storeBitmapChunks } from "../bitmaps/store.ts";
import { dropIdleTwinMonths, storePersonMonths } from "../months/store.ts";
import { type Mark, recompute } from "../recompute.ts";
import { lockFigures, planOnce } from "../lock.ts";

/** Chunks at work at once, over all organisations: the other workers stay free for live jobs. */
const places = 2;

export type ChunkOptions = {
  now: Date;
  /** The job run that stored rows name. */
  jobRunId?: number;
  /** Whether the caller runs the next chunk itself, so that it isn't queued. */
  alone?: boolean;
};

/** `more`: the next chunk is queued. `busy`: all places are taken, so this one is queued again. `ended`: nothing is left to do. */
export type ChunkOutcome = { status: "more" | "busy" | "ended"; rows: number };

type Chunk = { chunk: number; from: string; to: string; what: BackfillKind };

/**
 * Computes the next chunk of a backfill, its days and everyone with rows on them, from raw rows, under the organisation's
 * lock, by the functions of the rollup. Figures, diff and the chunk's mark as done are one transaction: a killed chunk
 * leaves nothing, and a chunk is done once however many workers try.
 */
export async function runBackfillChunk(
  db: Database,
  actor: Actor,
  backfill_id: number,
  options: ChunkOptions,
): Promise<ChunkOutcome> {
  const outcome = await inTenant(db, actor, async (tx): Promise<ChunkOutcome> => {
    await planOnce(tx);
    if (!(await takePlace(tx))) {
      if (!options.alone) await queueChunk(tx, backfill_id, 500);
      return { status: "busy", rows: 0 };
    }
    await lockFigures(tx, true);
    const chunk = await nextChunk(tx, backfill_id);
    if (!chunk) {
      await end(tx, backfill_id);
      return { status: "ended", rows: 0 };
    }
    const rows = await compute(tx, backfill_id, chunk, options);
    if (await end(tx, backfill_id)) return { status: "ended", rows };
    if (!options.alone) await queueChunk(tx, backfill_id);
    return { status: "more", rows };
  });
  if (outcome.rows > 0) await announce(db, actor, true);
  return outcome;
}

const fail = statement(
  "figures.fail_backfill",
  { org_id: "int", id: "bigint", error: "text" },
  {},
  (p) => sql`
    update backfills set status = 'failed', finished_at = clock_timestamp(), error = left(${p.error}, 2000)
    where org_id = ${p.org_id} and id = ${p.id} and status in ('queued', 'running')`,
  { plan: "each" },
);

/** Stores why a backfill can't go on; `resumeBackfill` tries again. */
export async function failBackfill(db: Database, actor: Actor, id: number, error: string): Promise<void> {
  await inTenant(db, actor, (tx) => tx.query(fail({ org_id: tx.org_id, id, error })));
}

const tryPlace = statement(
  "figures.take_backfill_place",
  { place: "int" },
  { held: "boolean" },
  (p) => sql`select pg_try_advisory_xact_lock(hashtext('twin: backfill chunk'), ${p.place}) as held`,
);

async function takePlace(tx: Tx): Promise<boolean> {
  for (let place = 1; place <= places; place++) {
    const [taken] = await tx.query(tryPlace({ place }));
    if (taken!.held) return true;
  }
  return false;
}

const chunkAfter = statement(
  "figures.next_chunk",
  { org_id: "int", backfill_id: "bigint" },
  { chunk: "int", from: "date", to: "date", what: only<BackfillKind>("text") },
  (p) => sql`
    select c.chunk, c.from_day as "from", c.to_day as "to", b.what
    from backfills b join backfill_chunks c on c.org_id = ${p.org_id} and c.backfill_id = b.id
    where b.org_id = ${p.org_id} and b.id = ${p.backfill_id} and b.status in ('queued', 'running') and c.done_at is null
    order by c.chunk desc limit 1`,
);

async function nextChunk(tx: Tx, backfill_id: number): Promise<Chunk | undefined> {
  const [chunk] = await tx.query(chunkAfter({ org_id: tx.org_id, backfill_id }));
  return chunk;
}

const markDone = statement(
  "figures.end_chunk",
  {
    org_id: "int",
    backfill_id: "bigint",
    chunk: "int",
    person_days: "int",
    skipped: "int",
    changes: "int",
    job_run_id: "bigint?",
  },
  {},
  (p) => sql`
    update backfill_chunks c set done_at = clock_timestamp(), person_days = ${p.person_days}, days_skipped = ${p.skipped}, changes = ${p.changes}, job_run_id = ${p.job_run_id},
      seconds = extract(epoch from clock_timestamp() - b.moved_at)
    from backfills b where b.org_id = ${p.org_id} and b.id = ${p.backfill_id} and c.org_id = ${p.org_id} and c.backfill_id = ${p.backfill_id} and c.chunk = ${p.chunk}`,
);

/** @returns how many lines the diff has */
async function compute(tx: Tx, backfill_id: number, chunk: Chunk, { now, jobRunId }: ChunkOptions): Promise<number> {
  const { what } = chunk;
  const calendar = await readCalendar(tx, now);
  const { marks, skipped } = await listChunkMarks(tx, chunk, calendar.day_rule);
  let reach = reachOf(marks);
  const people = reach.people;
  let before: Awaited<ReturnType<typeof takeSnapshot>> = [];
  const lanesOf = (days: string[]) =>
    [...new Set(people.map((n) => Math.floor(n / bitmapChunkWidth))).add(0)].flatMap((lane) =>
      days.map((day) => ({ day, lane })),
    );

  if (what === "metrics") {
    await recompute(tx, marks, calendar, jobRunId === undefined ? { now } : { now, jobRunId }, async (affected) => {
      reach = reachOf(pairsByDay(affected.pairs.ns, affected.pairs.days), affected.days);
      before = await takeSnapshot(tx, what, reach);
    });
    await storeBitmapChunks(tx, lanesOf(marks.map(({ day }) => day)), true);
    await dropIdleTwinMonths(tx, reach.months);
    await dropEmptyEnds(tx, reach.days, calendar.today);
  } else {
    before = await takeSnapshot(tx, what, reach);
    if (what === "retention") {
      await storeBitmapChunks(tx, await storeRetentionOf(tx, people, calendar.today, now), true);
      await storeBitmapChunks(tx, lanesOf(reach.days), true);
    } else {
      const months = [...new Set(marks.flatMap(({ day, ns }) => (ns ?? []).map((n) => `${n} ${monthOf(day)}`)))]
        .map((pair) => pair.split(" ") as [string, string])
        .filter(([n]) => n !== "0");
      await storePersonMonths(
        tx,
        months.map(([n]) => Number(n)),
        months.map(([, month]) => month),
        calendar.day_rule,
      );
    }
  }
  const changes = changesBetween(before, await takeSnapshot(tx, what, reach));
  const personDays = marks.reduce((sum, { ns }) => sum + new Set(ns?.filter((n) => n !== null && n > 0)).size, 0);
  await tx.query(
    markDone({
      org_id: tx.org_id,
      backfill_id,
      chunk: chunk.chunk,
      person_days: personDays,
      skipped,
      changes: changes.length,
      job_run_id: jobRunId ?? null,
    }),
  );
  await storeChanges(tx, backfill_id, chunk.chunk, changes);
  return changes.length;
}

/** Whether a row of totals `d` is all zeros. */
const isEmpty = (d: string) =>
  sql.raw(`${[...figuresSummed("sum"), ...figuresSummed("last")].map((figure) => `${d}.${figure}`).join(" + ")} = 0`);

const dropEnds = statement(
  "figures.drop_empty_ends",
  { org_id: "int", days: "date[]", today: "date" },
  {},
  (p) => sql`
    delete from daily_metrics d where d.org_id = ${p.org_id} and d.metric_date = any (${p.days}) and ${isEmpty("d")}
    and (d.metric_date > ${p.today} or not exists (
      select from daily_metrics e where e.org_id = ${p.org_id} and e.metric_date < d.metric_date and not (${isEmpty("e")})
    ))`,
);

/**
 * Deletes rows of zeros before the first day that holds anything, and after today: with another time zone there was
 * something on them once.
 */
async function dropEmptyEnds(tx: Tx, days: readonly string[], today: string): Promise<void> {
  await tx.query(dropEnds({ org_id: tx.org_id, days, today }));
}

const insertChanges = statement(
  "figures.insert_backfill_changes",
  {
    org_id: "int",
    backfill_id: "bigint",
    chunk: "int",
    days: "date[]",
    tables: "text[]",
    columns: "text[]",
    rows: "int[]",
    before: "jsonb[]",
    after: "jsonb[]",
  },
  {},
  (p) => sql`
    insert into backfill_changes (org_id, backfill_id, chunk, day, table_name, column_name, row_count, before, after)
    select ${p.org_id}, ${p.backfill_id}, ${p.chunk}, c.* from unnest(${p.days}, ${p.tables}, ${p.columns}, ${p.rows}, ${p.before}, ${p.after}) c`,
  { plan: "each" },
);

async function storeChanges(
  tx: Tx,
  backfill_id: number,
  chunk: number,
  changes: readonly BackfillChange[],
): Promise<void> {
  if (changes.length === 0) return;
  const json = (value: BackfillChange["before"]) => (value === null ? null : JSON.stringify(value));
  await tx.query(
    insertChanges({
      org_id: tx.org_id,
      backfill_id,
      chunk,
      days: changes.map(({ day }) => day),
      tables: changes.map(({ table }) => table),
      columns: changes.map(({ column }) => column),
      rows: changes.map(({ rows }) => rows),
      before: changes.map(({ before }) => json(before)),
      after: changes.map(({ after }) => json(after)),
    }),
  );
}

const moveBackfill = statement(
  "figures.move_backfill",
  { org_id: "int", id: "bigint" },
  { status: "text" },
  (p) => sql`
    update backfills b set moved_at = clock_timestamp(),
      status = case when t.is_left then case when b.status = 'queued' then 'running' else b.status end else 'done' end,
      finished_at = case when t.is_left then b.finished_at else coalesce(b.finished_at, clock_timestamp()) end
    from (select exists (
      select from backfill_chunks where org_id = ${p.org_id} and backfill_id = ${p.id} and done_at is null
    ) as is_left) t
    where b.org_id = ${p.org_id} and b.id = ${p.id} returning b.status`,
);

/** Stores how far the backfill is. @returns whether it has ended */
async function end(tx: Tx, id: number): Promise<boolean> {
  const [state] = await tx.query(moveBackfill({ org_id: tx.org_id, id }));
  return state?.status !== "running";
}

function pairsByDay(ns: readonly number[], days: readonly string[]): Pick<Mark, "day" | "ns">[] {
  return ns.map((n, at) => ({ day: days[at]!, ns: [n] }));
}

function reachOf(marks: readonly Pick<Mark, "day" | "ns">[], days: readonly string[] = []): ChunkScope {
  return {
    days: [...new Set([...marks.map(({ day }) => day), ...days])],
    people: [...new Set(marks.flatMap(({ ns }) => (ns ?? []).filter((n) => n !== null)))],
    months: [...new Set(marks.map(({ day }) => monthOf(day)))],
  };
}
