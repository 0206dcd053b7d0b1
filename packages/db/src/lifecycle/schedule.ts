import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { enqueueWithin } from "../jobs/enqueue.ts";

/** When a local day's run begins; an hour that the clocks skip counts as the one after. */
export const runOfDay = (day: string, zone: string): string => `((${day} + time '03:00') at time zone ${zone})`;

/** Zone, day rule, local day and the next run by the clock. */
export type NextRun = { time_zone: string; day_rule: string; today: string; run_day: string; run_at: string };

/** When the next run of the transaction's organisation is due. */
export async function readNextRun(tx: Tx, now: Date): Promise<NextRun> {
  const [next] = await tx.query<NextRun>({
    name: "next_run",
    text: `select o.time_zone, day_rule_of(o) as day_rule, t.today, d.day as run_day, ${runOfDay("d.day", "o.time_zone")} as run_at
      from organizations o
      cross join lateral (select ($2::timestamptz at time zone o.time_zone)::date as today) t
      cross join lateral (
        select case when ${runOfDay("t.today", "o.time_zone")} > $2::timestamptz then t.today else t.today + 1 end as day
      ) d
      where o.id = $1`,
    values: [tx.org_id, now.toISOString()],
  });
  if (!next) throw new Error(`organisation ${tx.org_id} is gone`);
  return next;
}

/** One run of an organisation waits at a time. */
export const queueRun = (tx: Tx, delayMs = 0): Promise<void> =>
  enqueueWithin(tx, "lifecycle/apply", { org_id: tx.org_id }, { key: `lifecycle:${tx.org_id}`, delayMs });

/**
 * Queues the run of the local day where it is 03:00 or later there and the day has had none; a day that was missed, while
 * no worker lived, is not made up for: what was due then is due still.
 * @returns whether it was queued
 */
export function queueDueRun(db: Database, actor: Actor, now: Date): Promise<boolean> {
  return inTenant(db, actor, async (tx) => {
    const due = await tx.query({
      text: `select from organizations o
        cross join lateral (select ${runOfDay("($2::timestamptz at time zone o.time_zone)::date", "o.time_zone")} as at) r
        where o.id = $1 and r.at <= $2::timestamptz and not exists (
          select from job_runs j where j.org_id = $1 and j.task = 'lifecycle/apply' and j.started_at >= r.at
        )`,
      values: [tx.org_id, now.toISOString()],
    });
    if (due.length === 0) return false;
    await queueRun(tx);
    return true;
  });
}
