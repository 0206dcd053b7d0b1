import type { Tx } from "../../tenancy/actor.ts";
import { dayColumns, daysFromFacts, ownColumns, ownOf } from "./define.ts";

const figures = [...dayColumns, ...ownColumns];
const columns = figures.join(", ");
const of = (side: string) => figures.map((column) => `${side}.${column}`).join(", ");
const owns = ownColumns.map(
  (column) => `case when m.own or d.metric_date is null then ${ownOf(column)} else d.${column} end as ${column}`,
);

const storeDays = `
  with ${daysFromFacts},
  mark as (select day, own, received_at from unnest($2::date[], $4::boolean[], $5::timestamptz[]) m (day, own, received_at)),
  whole as materialized (
    select f.*, ${owns.join(", ")},
      greatest(d.last_record_at, m.received_at) as last_record_at
    from fresh f join mark m using (day) left join daily_metrics d on d.org_id = $1 and d.metric_date = f.day
  )
  insert into daily_metrics as d (org_id, metric_date, ${columns}, last_record_at, created_at, updated_at, job_run_id)
  select $1, day, ${columns}, last_record_at, $6::timestamptz, $6::timestamptz, $7::bigint
  from whole order by day
  on conflict (org_id, metric_date) do update
  set (${columns}, last_record_at, updated_at, job_run_id)
    = (${of("excluded")}, excluded.last_record_at, excluded.updated_at, excluded.job_run_id)
  where (${of("d")}, d.last_record_at) is distinct from (${of("excluded")}, excluded.last_record_at)`;

/** A day to compute. `own`: its new users and installations too; `received_at`: of its latest record, if one came. */
export type DayMark = { day: string; own: boolean; received_at: string | null };

/** Computes `daily_metrics` of some days from sums of facts, bitsets, users and installations, and writes what differs. */
export async function storeDailyMetrics(
  tx: Tx,
  marks: readonly DayMark[],
  dayRule: string,
  now: Date,
  jobRunId: number | null,
): Promise<void> {
  await tx.query({
    name: "store_days",
    text: storeDays,
    values: [
      tx.org_id,
      marks.map((mark) => mark.day),
      dayRule,
      marks.map((mark) => mark.own),
      marks.map((mark) => mark.received_at),
      now.toISOString(),
      jobRunId,
    ],
  });
}
