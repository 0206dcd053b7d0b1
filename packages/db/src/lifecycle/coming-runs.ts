import { type DataType, dataTypes } from "@twin/contracts/vocabulary";
import type { Tx } from "../tenancy/actor.ts";
import { dayBefore, type Policies } from "../policies/policies.ts";
import { runOfDay } from "./schedule.ts";

/** A run to come, and the first local day that each kind of data is kept from then. */
export type ComingRun = { run_day: string; run_at: string; cut_days: Record<DataType, string> };

/** The runs of the local days from `from` to `until`, by the policies in force then. */
export async function listComingRuns(tx: Tx, policies: Policies, from: string, until: string): Promise<ComingRun[]> {
  const all = dataTypes.map((type) => policies[type]);
  const rows = await tx.query<{ run_day: string; run_at: string; cut_days: string[] }>({
    name: "coming_runs",
    text: `select r.day as run_day, r.at as run_at, array_agg(c.day order by p.i) as cut_days
      from organizations o
      cross join lateral (
        select d::date as day, ${runOfDay("d::date", "o.time_zone")} as at from generate_series($2::date, $3::date, interval '1 day') d
      ) r
      cross join unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
        with ordinality p (count, unit, pending_count, pending_unit, pending_from, i)
      cross join lateral (
        select case when p.pending_from <= r.at then ${dayBefore("r.day", "p.pending_count", "p.pending_unit")}
          else ${dayBefore("r.day", "p.count", "p.unit")} end as day
      ) c
      where o.id = $1 group by r.day, r.at order by r.day`,
    values: [
      tx.org_id,
      from,
      until,
      all.map(({ keep }) => keep.count),
      all.map(({ keep }) => keep.unit),
      all.map(({ pending }) => pending?.count ?? null),
      all.map(({ pending }) => pending?.unit ?? null),
      all.map(({ pending }) => pending?.from ?? null),
    ],
  });
  return rows.map(({ run_day, run_at, cut_days }) => {
    const days = Object.fromEntries(dataTypes.map((type, index) => [type, cut_days[index]!])) as ComingRun["cut_days"];
    if (days.messages < days.activities) days.messages = days.activities;
    return { run_day, run_at, cut_days: days };
  });
}
