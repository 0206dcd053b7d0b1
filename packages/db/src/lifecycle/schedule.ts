import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";
import { statement } from "../postgres/statement.ts";

/** When a local day's run begins; an hour that the clocks skip counts as the one after. */
export const runOfDay = (day: SQL, zone: SQL): SQL => sql`((${day} + time '03:00') at time zone ${zone})`;
const zone = sql`o.time_zone`;

/** Zone, day rule, today, and when the next run is due by the clock. */
export type NextRun = { time_zone: string; day_rule: string; today: string; run_day: string; run_at: string };

const nextRun = statement(
  "lifecycle.next_run",
  { org_id: "int", now: "timestamptz" },
  { time_zone: "text", day_rule: "day_rule", today: "date", run_day: "date", run_at: "timestamptz" },
  (p) => sql`
    select o.time_zone, day_rule_of(o) as day_rule, t.today, d.day as run_day, ${runOfDay(sql`d.day`, zone)} as run_at
    from organizations o
    cross join lateral (select (${p.now} at time zone o.time_zone)::date as today) t
    cross join lateral (
      select case when ${runOfDay(sql`t.today`, zone)} > ${p.now} then t.today else t.today + 1 end as day
    ) d
    where o.id = ${p.org_id}`,
);

/** When the next run of the transaction's organisation is due. */
export async function readNextRun(tx: Tx, now: Date): Promise<NextRun> {
  const [next] = await tx.query(nextRun({ org_id: tx.org_id, now: now.toISOString() }));
  if (!next) throw new Error(`organisation ${tx.org_id} is gone`);
  return next;
}

/** One run of an organisation waits at a time. */
export const queueRun = (tx: Tx, delayMs = 0): Promise<void> =>
  enqueueWithin(tx, "lifecycle/apply", { org_id: tx.org_id }, { key: `lifecycle:${tx.org_id}`, delayMs });

const dueRun = statement(
  "lifecycle.due_run",
  { org_id: "int", now: "timestamptz" },
  {},
  (p) => sql`
    select from organizations o
    cross join lateral (select ${runOfDay(sql`(${p.now} at time zone o.time_zone)::date`, zone)} as at) r
    where o.id = ${p.org_id} and r.at <= ${p.now} and not exists (
      select from job_runs j where j.org_id = ${p.org_id} and j.task = 'lifecycle/apply' and j.started_at >= r.at
    )`,
  { plan: "each" },
);

/**
 * Queues the run of the local day if it is 03:00 or later there and that day has had none. Days that were missed while no
 * worker lived aren't made up for: what was due then is still due.
 * @returns whether it was queued
 */
export function queueDueRun(db: Database, actor: Actor, now: Date): Promise<boolean> {
  return inTenant(db, actor, async (tx) => {
    const due = await tx.query(dueRun({ org_id: tx.org_id, now: now.toISOString() }));
    if (due.length === 0) return false;
    await queueRun(tx);
    return true;
  });
}
