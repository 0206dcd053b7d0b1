import {
  type DayFigure,
  dayFigureNames,
  dayFigures,
  type FactSum,
  factSums,
  figuresSummed,
} from "@twin/contracts/figures";
import type { FactColumn } from "../tables.ts";
import { isNewWithin } from "../../people/users/created.ts";

/** Figures of the day `f`, with its bounds, that aren't computed from facts. */
const ownFigures = {
  // Users whose `created_at` falls on the day.
  new_users: `(select count(*)::int from users u where u.org_id = $1 and ${isNewWithin("u", "f.lo", "f.hi")})`,
  // Installations that are open at the end of the day.
  total_twin_installations: `(select count(*)::int from twin_installations i
  where i.org_id = $1 and i.installed_at < f.hi and (i.uninstalled_at is null or i.uninstalled_at >= f.hi))`,
} satisfies Partial<Record<DayFigure, string>>;
type OwnFigure = keyof typeof ownFigures;
export const ownColumns = Object.keys(ownFigures) as OwnFigure[];
/** A figure of the day `f` that isn't computed from facts, as SQL. */
export const ownOf = (figure: OwnFigure): string => ownFigures[figure];
const isOwn = (figure: DayFigure): figure is OwnFigure => Object.hasOwn(ownFigures, figure);

/** The sums that means are computed from, stored beside them. */
const meanParts = [...new Set(figuresSummed("mean").flatMap((figure) => dayFigures[figure].of))];

/** Columns of `daily_metrics` that come from facts and sets of people. */
export const dayColumns: readonly string[] = [...dayFigureNames.filter((figure) => !isOwn(figure)), ...meanParts];

/** The facts that a figure adds up, as SQL over a row `facts`. */
export const addedUp = (facts: string, figure: FactSum): string => {
  const columns: readonly FactColumn[] = dayFigures[figure].of;
  return columns.map((column) => `${facts}.${column}`).join(" + ");
};

/** Mean of whole seconds, rounded half up; 0 if there is nothing to average. */
export const meanSeconds = (seconds: string, count: string): string =>
  `case when ${count} = 0 then 0 else (2 * ${seconds} + ${count}) / (2 * ${count}) end`;

const sumsOfFacts = [
  ...factSums.map((figure) => `sum(${addedUp("platform_days", figure)})::int as ${figure}`),
  ...meanParts.map((part) => `sum(${part})::bigint as ${part}`),
];
const figureOfDay = (column: string): string => {
  const figure = dayFigures[column as DayFigure] ?? { summed: "sum" };
  if (figure.summed === "mean") {
    const [sum, count] = figure.of;
    return `(${meanSeconds(`coalesce(s.${sum}, 0)`, `coalesce(s.${count}, 0)`)})::int as ${column}`;
  }
  if (figure.summed === "people") return `coalesce(a.${column}, 0) as ${column}`;
  return `coalesce(s.${column}, ${figure.summed === "names" ? "'{}'" : "0"}) as ${column}`;
};

/**
 * The days `$2` by the rule `$3`, as `asked`, and sums of facts and sizes of sets on them, as `fresh`: one row each, zeros
 * included.
 */
export const daysFromFacts = `
  asked as materialized (
    select day, start_of(day, $3) as lo, start_of(day + 1, $3) as hi from unnest($2::date[]) t (day)
  ),
  summed as (
    select day, ${sumsOfFacts.join(", ")},
      coalesce(jsonb_object_agg(platform, sessions) filter (where sessions > 0), '{}') as platform_breakdown
    from platform_days where org_id = $1 and day = any ($2::date[]) group by day
  ),
  active as (
    select day, sum(bit_count(bits))::int as total_active_users from day_users
    where org_id = $1 and kind = 'active' and day = any ($2::date[]) group by day
  ),
  fresh as materialized (
    select t.day, t.lo, t.hi, ${dayColumns.map(figureOfDay).join(", ")}
    from asked t left join summed s using (day) left join active a using (day)
  )`;

/** Whether anything happened on the day `f` of `daysFromFacts`. */
export const anythingOf = `${figuresSummed("sum")
  .map((figure) => (isOwn(figure) ? ownOf(figure) : `f.${figure}`))
  .join(" + ")} > 0`;
