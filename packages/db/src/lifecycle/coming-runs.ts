import { type DataType, dataTypes } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { dayBefore, type Policies } from "../policies/policies.ts";
import { runOfDay } from "./schedule.ts";
import { statement } from "../postgres/statement.ts";

/** A future run, and the first local day that each kind of data is kept from then on. */
export type ComingRun = { run_day: string; run_at: string; cut_days: Record<DataType, string> };

const comingRuns = statement(
  "lifecycle.coming_runs",
  {
    org_id: "int",
    from: "date",
    until: "date",
    counts: "int[]",
    units: "text[]",
    pending_counts: "int[]",
    pending_units: "text[]",
    pending_from: "timestamptz[]",
  },
  { run_day: "date", run_at: "timestamptz", cut_days: "date[]" },
  (p) => sql`
    select r.day as run_day, r.at as run_at, array_agg(c.day order by k.i) as cut_days
    from organizations o
    cross join lateral (
      select d::date as day, ${runOfDay(sql`d::date`, sql`o.time_zone`)} as at
      from generate_series(${p.from}, ${p.until}, interval '1 day') d
    ) r
    cross join unnest(${p.counts}, ${p.units}, ${p.pending_counts}, ${p.pending_units}, ${p.pending_from})
      with ordinality k (count, unit, pending_count, pending_unit, pending_from, i)
    cross join lateral (
      select case when k.pending_from <= r.at then ${dayBefore(sql`r.day`, sql`k.pending_count || ' ' || k.pending_unit`)}
        else ${dayBefore(sql`r.day`, sql`k.count || ' ' || k.unit`)} end as day
    ) c
    where o.id = ${p.org_id} group by r.day, r.at order by r.day`,
);

/** The runs of the local days from `from` to `until`, by the policies in force then. */
export async function listComingRuns(tx: Tx, policies: Policies, from: string, until: string): Promise<ComingRun[]> {
  const all = dataTypes.map((type) => policies[type]);
  const rows = await tx.query(
    comingRuns({
      org_id: tx.org_id,
      from,
      until,
      counts: all.map(({ keep }) => keep.count),
      units: all.map(({ keep }) => keep.unit),
      pending_counts: all.map(({ pending }) => pending?.count ?? null),
      pending_units: all.map(({ pending }) => pending?.unit ?? null),
      pending_from: all.map(({ pending }) => pending?.from ?? null),
    }),
  );
  return rows.map(({ run_day, run_at, cut_days }) => {
    const days = Object.fromEntries(dataTypes.map((type, index) => [type, cut_days[index]!])) as ComingRun["cut_days"];
    if (days.messages < days.activities) days.messages = days.activities;
    return { run_day, run_at, cut_days: days };
  });
}
