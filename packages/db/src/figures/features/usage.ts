import { addDays, daysBetween } from "@twin/contracts/calendar";
import type { FeaturesAnswer, FeaturesInput } from "@twin/contracts/features";
import { limits } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { asksForUse, type Days, daysOf, type FigureFilter, ofDays, readFilter } from "../filter/filter.ts";
import { filtered } from "../filter/filtered.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type DayRange, rangeOf } from "../../tenancy/calendar/range.ts";
import { underFilter } from "../filter/under-filter.ts";
import { leftOut, usesUnder } from "./uses.ts";
import { asksAnything } from "../../people/filter.ts";
import { composed, statement } from "../../postgres/statement.ts";

/** Where uses are summed: without a filter from stored sums over everyone, under a filter from the uses of each person. */
const usesOf = (filter: FigureFilter, p: Days): SQL =>
  asksAnything(filter) ? usesUnder(filter, p) : sql`feature_days`;
const inRange = (filter: FigureFilter, p: Days): SQL =>
  asksAnything(filter) ? sql`true` : sql`d.org_id = ${p.org_id} and d.day >= ${p.from} and d.day <= ${p.to}`;

const usageOfFeatures = filtered(
  "figures.feature_usage",
  ofDays,
  { feature_name: "text", total_usage: "int", users: "int", adopters: "int", active: "int" },
  (p, filter) =>
    underFilter(
      filter,
      p.org_id,
      sql`
    with active as materialized (
      select lane, bit_or(bits) as bits from day_users
      where org_id = ${p.org_id} and kind = 'active' and day >= ${p.from} and day <= ${p.to} group by lane
    ), uses as (
      select feature_name, sum(usage_count)::int as total_usage from ${usesOf(filter, p)} d
      where ${inRange(filter, p)} group by feature_name
    )
    select f.feature_name, f.total_usage, coalesce(u.users, 0) as users, coalesce(u.adopters, 0) as adopters,
      (select coalesce(sum(bit_count(bits)), 0)::int from active) as active
    from uses f cross join lateral (
      select sum(bit_count(l.bits))::int as users, sum(bit_count(l.bits & a.bits))::int as adopters
      from (
        select lane, bit_or(bits) as bits from day_users
        where org_id = ${p.org_id} and kind = 'used:' || f.feature_name and day >= ${p.from} and day <= ${p.to} group by lane
      ) l left join active a using (lane)
    ) u
    order by f.total_usage desc, f.feature_name`,
    ),
);

/**
 * Uses of each feature in the range, its share of all uses, who used it, and its adoption: users of it who were active
 * in the range / active users of the range, both over the whole range.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readFeatures(db: Database, actor: Actor, input: FeaturesInput, now: Date): Promise<FeaturesAnswer> {
  return inTenant(db, actor, async (tx) => {
    const calendar = await readCalendar(tx, now);
    const range = rangeOf(input, calendar.today, calendar.time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "features.usage");
    const rows = await tx.query(usageOfFeatures(daysOf(tx, range), filter));
    const left = asksForUse(filter) ? leftOut(input, await listUsed(tx, range)) : [];
    const days = await readUseDays(tx, range, filter);
    const all = rows.reduce((sum, row) => sum + row.total_usage, 0);
    return {
      as_of: calendar.figures_at,
      not_applied: [...not_applied, ...left],
      features: rows.map(({ feature_name, total_usage, users, adopters, active }) => ({
        feature_name,
        total_usage,
        share: all === 0 ? null : total_usage / all,
        users,
        adoption: active === 0 ? null : adopters / active,
        days: days && days(feature_name),
      })),
    };
  });
}

const featureDaysRow = { feature_name: "text", days: "date[]", counts: "int[]" } as const;

const daysOfFeatures = statement(
  "figures.feature_days",
  ofDays,
  featureDaysRow,
  (p) => sql`
    select feature_name, array_agg(day) as days, array_agg(usage_count) as counts from feature_days
    where org_id = ${p.org_id} and day >= ${p.from} and day <= ${p.to} group by feature_name`,
);

const daysOfFeaturesFiltered = composed(
  "figures.feature_days_filtered",
  ofDays,
  featureDaysRow,
  (p, filter: FigureFilter) => sql`
    select feature_name, array_agg(day) as days, array_agg(usage_count) as counts from (
      select feature_name, day, sum(usage_count)::int as usage_count from ${usesOf(filter, p)} d group by 1, 2
    ) d group by feature_name`,
);

/** Uses of each feature by day, zero-filled; null where the range has too many days. */
async function readUseDays(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<((feature: string) => number[]) | null> {
  const length = daysBetween(range.start_date, range.end_date);
  if (length > limits.buckets) return null;
  const asked = daysOf(tx, range);
  const rows = await tx.query(asksAnything(filter) ? daysOfFeaturesFiltered(asked, filter) : daysOfFeatures(asked));
  const byFeature = new Map(
    rows.map(({ feature_name, days, counts }) => [feature_name, new Map(days.map((day, at) => [day, counts[at]!]))]),
  );
  const dates = Array.from({ length }, (_, at) => addDays(range.start_date, at));
  return (feature) => dates.map((date) => byFeature.get(feature)?.get(date) ?? 0);
}

const usedInRange = statement(
  "figures.features_in_range",
  ofDays,
  { feature_name: "text" },
  (p) => sql`
    select distinct feature_name from feature_days
    where org_id = ${p.org_id} and day >= ${p.from} and day <= ${p.to} order by 1`,
);

/** The features that were used in a range. */
export const listUsed = async (tx: Tx, range: DayRange): Promise<string[]> =>
  (await tx.query(usedInRange(daysOf(tx, range)))).map(({ feature_name }) => feature_name);
