import { enqueueRollup } from "../jobs/enqueue.ts";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { readCalendar } from "../tenancy/calendar/local-days.ts";

/** Most days that are filled in after a time without a worker. */
const longestAbsence = 400;

/**
 * Marks what the calendar alone has changed in the actor's organisation: days that began or ended without a record, and
 * people whose first, seventh or thirtieth day has ended. The marks carry no time of a record. A rollup is queued for them.
 * @returns how many marks
 */
export function markNewDay(db: Database, actor: Actor, now: Date): Promise<number> {
  return inTenant(db, actor, async (tx) => {
    const { today } = await readCalendar(tx, now);
    const marks = (await mark(tx, emptyDays, [today, longestAbsence])) + (await mark(tx, dueFlags, [today]));
    if (marks > 0) await enqueueRollup(tx);
    return marks;
  });
}

const emptyDays = `
  select d::date as day, null::int as n
  from (select max(metric_date) as last from daily_metrics where org_id = $1 and metric_date <= $2::date) m,
    generate_series(greatest(m.last + 1, $2::date - $3::int), $2::date, interval '1 day') d`;

const dueFlags = `
  select r.cohort_date + f.days, r.n
  from user_retention r cross join lateral (values (1, r.day_1_active), (7, r.day_7_active), (30, r.day_30_active)) f (days, active)
  where r.org_id = $1 and r.day_30_active is null and f.active is null and r.cohort_date + f.days < $2::date`;

/** Marks people whose first, seventh or thirtieth day has ended before `today` and isn't counted yet. */
export async function markDueFlags(tx: Tx, today: string): Promise<void> {
  await mark(tx, dueFlags, [today]);
}

async function mark(tx: Tx, what: string, values: unknown[]): Promise<number> {
  const [marked] = await tx.query<{ marks: number }>({
    text: `with due (day, n) as (${what}), marked as (
        insert into ops.dirty_log (org_id, day, n, received_at) select $1, day, n, '-infinity' from due returning seq
      ) select count(*)::int as marks from marked`,
    values: [tx.org_id, ...values],
  });
  return marked!.marks;
}
