import type { BackfillPlan, BackfillRange, RefusedDays } from "@twin/contracts/backfills";
import { addDays } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";

/**
 * A chunk ends before the day that would take it beyond this many rows: the rollup waits for its lock about a second at
 * most.
 */
const chunkRows = 4_000;
const chunkDays = 31;

/** The cost of a day beside its raw rows, in rows. */
export const dayWeight = 25;
/** Rows a second on a small machine; used until a pace is measured. */
const typicalPace = 4_000;

/** Days in one transaction. */
export type PlannedChunk = { from: string; to: string; raw_rows: number };

/** A day and its raw rows. */
export type PlannedDay = { day: string; raw_rows: number };

const pace = (p: { org_id: SQL; what: SQL }) => sql`
  select sum(c.raw_rows + ${sql.raw(String(dayWeight))} * (c.to_day - c.from_day + 1)) / nullif(sum(c.seconds), 0) as weight_a_second
  from (
    select c.* from backfill_chunks c join backfills b on b.org_id = c.org_id and b.id = c.backfill_id
    where c.org_id = ${p.org_id} and c.done_at is not null and b.what = ${p.what} order by c.backfill_id desc, c.chunk desc limit 100
  ) c`;

const workload = statement(
  "figures.backfill_workload",
  { org_id: "int", what: "text", days: "date[]" },
  { weight_a_second: "float8?", person_days: "int" },
  (p) => sql`
    select (${pace(p)}) as weight_a_second, (select count(*) from (
      select distinct d.day, d.n from user_days d where d.org_id = ${p.org_id} and d.day = any (${p.days}) and d.n > 0
    ) p)::int as person_days`,
  { plan: "each" },
);

/**
 * What a backfill of these days would do and what it would refuse. Reads only.
 * @throws DomainError NOT_FOUND where the organisation doesn't exist any more
 */
export function planBackfill(db: Database, actor: Actor, input: BackfillRange, now: Date): Promise<BackfillPlan> {
  return inTenant(db, actor, async (tx) => {
    const { days, chunks, refused } = await planChunks(tx, input, now);
    const raw_rows = chunks.reduce((sum, chunk) => sum + chunk.raw_rows, 0);
    const [row] = await tx.query(workload({ org_id: tx.org_id, what: input.what, days }));
    return {
      ...input,
      days: days.length,
      person_days: row!.person_days,
      raw_rows,
      chunks: chunks.length,
      estimated_seconds: (raw_rows + dayWeight * days.length) / (row!.weight_a_second ?? typicalPace),
      refused,
    };
  });
}

/** The days of a range that may be computed anew, in chunks of bounded size, and those that may not. */
export async function planChunks(
  tx: Tx,
  { from, to }: BackfillRange,
  now: Date,
): Promise<{ days: string[]; chunks: PlannedChunk[]; refused: RefusedDays[] }> {
  const { time_zone, day_rule, today } = await readCalendar(tx, now);
  const last = to < today ? to : today;
  const { open, sealed } = await countRange(tx, { from, to: last }, day_rule);
  const refused: RefusedDays[] = [];
  if (sealed.length > 0) {
    refused.push({
      from: sealed[0]!,
      to: sealed.at(-1)!,
      reason: "sealed: the figures of these days are final, as raw rows that they were computed from may be gone",
    });
  }
  if (to > today) {
    const first = from > today ? from : addDays(today, 1);
    refused.push({ from: first, to, reason: `in the future: today is ${today} in ${time_zone}` });
  }
  return { days: open.map(({ day }) => day), chunks: cutDays(open), refused };
}

/** Without OFFSET 0 the bounds of a day would be computed again for every partition that is searched. */
const countedDays = statement(
  "figures.count_raw_rows",
  { org_id: "int", from: "date", to: "date", rule: "day_rule" },
  { day: "date", is_open: "boolean", raw_rows: "int" },
  (p) => sql`
    select d.day, not is_sealed(d.day, o) as is_open, (
      (select count(*) from sessions s where s.org_id = ${p.org_id} and s.id >= d.lo_id and s.id < d.hi_id)
      + (select count(*) from activities a where a.org_id = ${p.org_id} and a.id >= d.lo_id and a.id < d.hi_id)
      + (select count(*) from messages m where m.org_id = ${p.org_id} and m.id >= d.lo_id and m.id < d.hi_id)
      + (select count(*) from feature_events e where e.org_id = ${p.org_id} and e.id >= d.lo_id and e.id < d.hi_id)
      + (select count(*) from documents x where x.org_id = ${p.org_id} and x.created_at >= d.lo and x.created_at < d.hi)
      + (select count(*) from queries q where q.org_id = ${p.org_id} and q.created_at >= d.lo and q.created_at < d.hi)
      + (select count(*) from shared_twin_interactions i where i.org_id = ${p.org_id} and i.created_at >= d.lo and i.created_at < d.hi)
    )::int as raw_rows
    from organizations o, (
      select day, lo, hi, uuid_floor(lo) as lo_id, uuid_floor(hi) as hi_id
      from (select d::date as day, start_of(d::date, ${p.rule}) as lo, start_of(d::date + 1, ${p.rule}) as hi
        from generate_series(${p.from}, ${p.to}, interval '1 day') d) d offset 0
    ) d
    where o.id = ${p.org_id} order by d.day`,
  { plan: "each" },
);

/** Counts the raw rows of each day of a range by the days of a rule, the sealed ones apart. */
export async function countRange(
  tx: Tx,
  { from, to }: { from: string; to: string },
  dayRule: string,
): Promise<{ open: PlannedDay[]; sealed: string[] }> {
  const counted = await tx.query(countedDays({ org_id: tx.org_id, from, to, rule: dayRule }));
  return {
    open: counted.filter(({ is_open }) => is_open),
    sealed: counted.filter(({ is_open }) => !is_open).map(({ day }) => day),
  };
}

/** Cuts days, in order, into chunks of bounded size. */
export function cutDays(days: readonly PlannedDay[]): PlannedChunk[] {
  const chunks: (PlannedChunk & { days: number })[] = [];
  for (const { day, raw_rows } of days) {
    const last = chunks.at(-1);
    const fits = last && last.to === addDays(day, -1) && last.days < chunkDays && last.raw_rows + raw_rows <= chunkRows;
    if (fits) Object.assign(last, { to: day, raw_rows: last.raw_rows + raw_rows, days: last.days + 1 });
    else chunks.push({ from: day, to: day, raw_rows, days: 1 });
  }
  return chunks.map(({ from, to, raw_rows }) => ({ from, to, raw_rows }));
}
