import { outcomeOf } from "./outcome.ts";
import { monthOf } from "@twin/contracts/calendar";
import type { ForecastEntry, LifecycleForecast } from "@twin/contracts/lifecycle";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { forecastDays, readForecast, sumOf, type DueOfRun } from "./rows-due.ts";

/** What coming runs will delete: the next one by its plan, all others estimated (`readForecast`). */
export function forecastLifecycle(
  db: Database,
  actor: Actor,
  _input: object = {},
  now: Date,
): Promise<LifecycleForecast> {
  return inTenant(db, actor, async (tx) => {
    const { next, runs, rowsByRun } = await readForecast(tx, now);
    const { today } = next;
    const amountOf = (is: (due: DueOfRun) => boolean) => {
      const { rows, bytes } = sumOf(rowsByRun.filter(is));
      return { rows, bytes };
    };
    const last = runs[Math.min(forecastDays, runs.length) - 1]!.run_day;
    return {
      timezone: next.time_zone,
      next_run: amountOf(({ run_day }) => run_day === next.run_day),
      this_month: amountOf(({ run_day }) => monthOf(run_day) === monthOf(today)),
      this_year: amountOf(({ run_day }) => run_day <= `${today.slice(0, 4)}-12-31`),
      next_60_days: amountOf(({ run_day }) => run_day <= last),
      entries: groupOf(
        rowsByRun.filter(({ run_day }) => run_day <= last),
        next.run_day,
      ).map((group): ForecastEntry => {
        const [first, final] = [group[0]!, group.at(-1)!];
        return {
          data_type: first.data_type,
          from: first.run_at,
          to: final.run_at,
          going: sumOf(group),
          kept_from: final.cut_days[first.data_type],
          ...outcomeOf(first.data_type),
        };
      }),
    };
  });
}

/** What the next run deletes by kind, and all later ones by kind and month; those that delete nothing are left out. */
function groupOf(rowsByRun: readonly DueOfRun[], next: string): DueOfRun[][] {
  const groups = new Map<string, DueOfRun[]>();
  for (const due of rowsByRun) {
    if (due.going.rows === 0) continue;
    const when = due.run_day === next ? "next" : monthOf(due.run_day);
    const key = `${due.data_type} ${when}`;
    groups.set(key, [...(groups.get(key) ?? []), due]);
  }
  return [...groups.values()].sort((a, b) => (a[0]!.run_at < b[0]!.run_at ? -1 : a[0]!.run_at > b[0]!.run_at ? 1 : 0));
}
