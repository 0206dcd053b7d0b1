import type { ForecastEntry, LifecycleForecast } from "@twin/contracts/lifecycle";
import { addDays } from "@twin/contracts/calendar";
import { type DataType, dataTypes } from "@twin/contracts/vocabulary";
import { type Actor, inTenant, type Tx } from "../actor.ts";
import type { Database } from "../connect.ts";
import { countDays, readOldestDays, sumDays, type Tables } from "./day-counts.ts";
import { readHolds } from "./holds.ts";
import { outcomes } from "./outcomes.ts";
import { planRun } from "./plan.ts";
import { dayBefore, type Policies, readPolicies } from "./policies.ts";
import { goingOf, readRowSizes } from "./row-sizes.ts";
import { readNextRun, runOfDay } from "./schedule.ts";

/** Nights that the list looks ahead. */
export const forecastDays = 60;

/** A run to come, and the first local day that each kind of data is kept from then. */
export type ComingRun = { run_day: string; run_at: string; cut_days: Record<DataType, string> };

/** What one run takes of one kind of data. */
type Taking = ComingRun & { data_type: DataType; tables: Tables; first_day: string | null; last_day: string | null };

/**
 * What goes in the coming time, of what is stored now, by the policies in force and those that wait: the next run counted,
 * all others estimated from figures. Assumes that every day becomes final in time.
 */
export function forecastLifecycle(
  db: Database,
  actor: Actor,
  _input: object = {},
  now: Date = new Date(),
): Promise<LifecycleForecast> {
  return inTenant(db, actor, async (tx) => {
    const next = await readNextRun(tx, now);
    const { today } = next;
    const year = `${today.slice(0, 4)}-12-31`;
    const until = [addDays(next.run_day, forecastDays - 1), year].sort().at(-1)!;
    const runs = await listComingRuns(tx, await readPolicies(tx, now), next.run_day, until);
    const takings = await listTakings(tx, runs);
    const plan = await planRun(tx, new Date(next.run_at), next.time_zone);
    for (const { data_type, going, waits } of plan.steps) {
      const tonight = takings.find((taking) => taking.data_type === data_type);
      if (tonight && (going.rows > 0 || waits !== null)) Object.assign(tonight, going);
    }

    const sizes = await readRowSizes(tx);
    const amountOf = (is: (taking: Taking) => boolean) => {
      const { rows, bytes } = goingOf(addUp(takings.filter(is)), sizes);
      return { rows, bytes };
    };
    const last = runs[Math.min(forecastDays, runs.length) - 1]!.run_day;
    return {
      timezone: next.time_zone,
      next_run: amountOf(({ run_day }) => run_day === next.run_day),
      this_month: amountOf(({ run_day }) => run_day.slice(0, 7) === today.slice(0, 7)),
      this_year: amountOf(({ run_day }) => run_day <= year),
      next_60_days: amountOf(({ run_day }) => run_day <= last),
      entries: groupOf(
        takings.filter(({ run_day }) => run_day <= last),
        next.run_day,
      ).map((group): ForecastEntry => {
        const [first, final] = [group[0]!, group.at(-1)!];
        return {
          data_type: first.data_type,
          from: first.run_at,
          to: final.run_at,
          going: goingOf(addUp(group), sizes),
          kept_from: final.cut_days[first.data_type],
          ...outcomes[first.data_type],
        };
      }),
    };
  });
}

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

async function listTakings(tx: Tx, runs: readonly ComingRun[]): Promise<Taking[]> {
  const holds = await readHolds(tx);
  if (holds.organization) return [];
  const counts = await countDays(tx, holds);
  const oldest = await readOldestDays(tx, holds);
  return dataTypes.flatMap((data_type) => {
    let kept = oldest[data_type];
    return runs.map((run): Taking => {
      const cut = run.cut_days[data_type];
      const from = kept ?? cut;
      if (kept !== null && cut > kept) kept = cut;
      return { ...run, data_type, ...sumDays(counts[data_type], from, cut) };
    });
  });
}

/** The next run's takings one by one, all later ones by kind and month; those that take nothing are left out. */
function groupOf(takings: readonly Taking[], next: string): Taking[][] {
  const groups = new Map<string, Taking[]>();
  for (const taking of takings) {
    if (taking.first_day === null) continue;
    const when = taking.run_day === next ? "next" : taking.run_day.slice(0, 7);
    const key = `${taking.data_type} ${when}`;
    groups.set(key, [...(groups.get(key) ?? []), taking]);
  }
  return [...groups.values()].sort((a, b) => (a[0]!.run_at < b[0]!.run_at ? -1 : a[0]!.run_at > b[0]!.run_at ? 1 : 0));
}

function addUp(takings: readonly Taking[]): Pick<Taking, "tables" | "first_day" | "last_day"> {
  const tables: Tables = {};
  const days = takings.flatMap(({ first_day, last_day }) => [first_day, last_day]).filter((day) => day !== null);
  days.sort();
  for (const taking of takings) {
    for (const [table, rows] of Object.entries(taking.tables)) tables[table] = (tables[table] ?? 0) + rows;
  }
  return { tables, first_day: days[0] ?? null, last_day: days.at(-1) ?? null };
}
