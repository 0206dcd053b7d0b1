import { daysBetween } from "@twin/contracts/calendar";
import { type FactSum, factSums } from "@twin/contracts/figures";
import { addedUp } from "../days/define.ts";
import { type SQL, sql } from "drizzle-orm";
import { passes } from "../../people/attributes.ts";
import { asksAnything } from "../../people/filter.ts";
import { isNewBetween } from "../../people/users/created.ts";
import { composed, only, type Places, statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import type { Stretch } from "../../tenancy/calendar/range.ts";
import {
  asksForPeople,
  type Days,
  type FigureFilter,
  filteredFacts,
  isOfPlatforms,
  ofDays,
  summedFacts,
  useOf,
} from "../filter/filter.ts";

const ofStretches = { ...ofDays, starts: "date[]" } as const;

/** Days, cut into consecutive ranges. */
export type StretchBounds = {
  /** Whether each range is a single day. */
  byDay: boolean;
  values: { org_id: number; from: string; to: string; starts: string[] };
};

/** The days that ranges cover together, and where each of them begins; they are consecutive. */
export function boundsOfStretches(tx: Tx, stretches: readonly Stretch[]): StretchBounds {
  const [from, to] = [stretches[0]!.start_date, stretches.at(-1)!.end_date];
  const starts = stretches.map(({ start_date }) => start_date);
  return { byDay: daysBetween(from, to) === stretches.length, values: { org_id: tx.org_id, from, to, starts } };
}

const atDay = (day: SQL, p: { from: SQL }): SQL => sql`${day} - ${p.from}`;
const atStretch = (day: SQL, p: { starts: SQL }): SQL => sql`width_bucket(${day}, ${p.starts}) - 1`;

/** The range that a day lies in, counted from 0. */
const placeOf = (day: SQL, p: Places<typeof ofStretches>, byDay: boolean): SQL =>
  byDay ? atDay(day, p) : atStretch(day, p);
const factDay = sql`d.day`;

const sumsRow = {
  at: "int",
  ...(Object.fromEntries(factSums.map((column) => [column, "int"])) as Record<FactSum, "int">),
  new_users: "int?",
  ended_sessions: "int",
  session_seconds: "bigint",
  platform_breakdown: only<Record<string, number>>("jsonb"),
} as const;
const sumOfEach = sql.raw(factSums.map((column) => `sum(${column})::int as ${column}`).join(", "));

const unfilteredSums = (p: Days, at: SQL) => sql`
    with kept as materialized (
      select ${at} as at, d.* from daily_metrics d
      where d.org_id = ${p.org_id} and d.metric_date >= ${p.from} and d.metric_date <= ${p.to}
    ),
    platform as (
      select p.at, jsonb_object_agg(p.platform, p.sessions) as platform_breakdown from (
        select b.at, e.key as platform, sum(e.value::int)::int as sessions
        from kept b cross join lateral jsonb_each_text(b.platform_breakdown) e group by b.at, e.key
      ) p group by p.at
    ),
    summed as (
      select at, ${sumOfEach}, sum(new_users)::int as new_users,
        sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds
      from kept group by at
    )
    select s.*, coalesce(p.platform_breakdown, '{}') as platform_breakdown from summed s left join platform p using (at)`;

const metricDate = sql`metric_date`;
const sumsOfDays = statement("figures.metric_sums_day", ofDays, sumsRow, (p) =>
  unfilteredSums(p, atDay(metricDate, p)),
);
const sumsOfStretches = statement("figures.metric_sums_stretch", ofStretches, sumsRow, (p) =>
  unfilteredSums(p, atStretch(metricDate, p)),
);

const sumOfFacts = sql.raw(factSums.map((figure) => `sum(${addedUp("d", figure)})::int as ${figure}`).join(", "));

const filteredSums = composed(
  "figures.metric_sums_filtered",
  ofStretches,
  sumsRow,
  (p, byDay: boolean, filter: FigureFilter) => sql`
    with platform as (
      select ${placeOf(factDay, p, byDay)} as at, d.platform, ${sumOfFacts},
        sum(d.ended_sessions)::int as ended_sessions, sum(d.session_seconds)::bigint as session_seconds
      from ${summedFacts(filter, p)} group by 1, 2
    )
    select at, ${sumOfEach}, 0 as new_users,
      sum(ended_sessions)::int as ended_sessions, sum(session_seconds)::bigint as session_seconds,
      coalesce(jsonb_object_agg(platform, total_sessions) filter (where total_sessions > 0), '{}') as platform_breakdown
    from platform group by at`,
);

/** What can be summed over days, of each range that has something. */
export const readSums = (tx: Tx, { byDay, values }: StretchBounds, filter: FigureFilter) =>
  tx.query(
    asksAnything(filter) ? filteredSums(values, byDay, filter) : byDay ? sumsOfDays(values) : sumsOfStretches(values),
  );

const activeRow = { at: "int?", users: "int" } as const;

/** One day of one kind is one stored set. */
const activeBits = composed(
  "figures.active_bits",
  { ...ofStretches, kind: "text", kinds: "text[]" },
  activeRow,
  (p, byDay: boolean, one: boolean) => sql`
    with a as materialized (
      select ${placeOf(factDay, p, byDay)} as at, d.lane, ${one && byDay ? sql`d.bits` : sql`bit_or(d.bits) as bits`} from day_users d
      where d.org_id = ${p.org_id} and d.kind = ${one ? p.kind : sql`any (${p.kinds})`}
        and d.day >= ${p.from} and d.day <= ${p.to}${one && byDay ? sql`` : sql` group by 1, 2`}
    )
    select at, sum(bit_count(bits))::int as users from a group by at
    union all
    select null, coalesce(sum(c), 0)::int from (select bit_count(bit_or(bits)) as c from a group by lane) l`,
  (byDay, one) => `_${byDay ? "day" : "stretch"}${one ? "" : "_of_some"}`,
);

const activeInFacts = composed(
  "figures.active_filtered",
  ofStretches,
  activeRow,
  (p, byDay: boolean, filter: FigureFilter) => sql`
    with a as materialized (
      select distinct ${placeOf(factDay, p, byDay)} as at, d.n from ${filteredFacts(filter, p)} and d.sessions > 0 and d.n > 0
    )
    select at, count(*)::int as users from a group by at
    union all
    select null, count(distinct n)::int from a`,
);

/** Distinct active users of each range, and (null) of all of them. */
export async function countActive(tx: Tx, { byDay, values }: StretchBounds, filter: FigureFilter) {
  const { kinds } = filter;
  const rows = await tx.query(
    isOfPlatforms(filter)
      ? activeBits({ ...values, kind: kinds[0] ?? "", kinds }, byDay, kinds.length === 1)
      : activeInFacts(values, byDay, filter),
  );
  return new Map(rows.map((row) => [row.at, row.users]));
}

const storedInstallations = statement(
  "figures.stored_installations",
  { org_id: "int", days: "date[]" },
  { day: "date", installations: "int" },
  (p) => sql`
    select metric_date as day, total_twin_installations as installations
    from daily_metrics where org_id = ${p.org_id} and metric_date = any (${p.days})`,
);

/** Installations at the end of days, in order: the stored number where there is one, else counted. */
export async function countInstallations(
  tx: Tx,
  days: string[],
  dayRule: string,
  filter: FigureFilter,
): Promise<(number | null)[]> {
  if (asksForPeople(filter)) return days.map(() => null);
  if (asksAnything(filter)) return countSpells(tx, days, dayRule, filter);
  const rows = await tx.query(storedInstallations({ org_id: tx.org_id, days }));
  const stored = new Map(rows.map((row) => [row.day, row.installations]));
  const missing = days.filter((day) => !stored.has(day));
  const counted = await countSpells(tx, missing, dayRule, filter);
  for (const [index, day] of missing.entries()) stored.set(day, counted[index]!);
  return days.map((day) => stored.get(day)!);
}

const changesOfSpells = composed(
  "figures.installation_changes",
  { org_id: "int", days: "date[]", rule: "day_rule" },
  { no: "int", change: "int" },
  (p, filter: FigureFilter) => sql`
    with ends as materialized (select array(select start_of(t.day + 1, ${p.rule}) from unnest(${p.days}) t (day) order by 1) as at)
    select width_bucket(e.at, ends.at) as no, sum(e.change)::int as change
    from ends cross join twin_installations i
    cross join lateral (values (i.installed_at, 1), (i.uninstalled_at, -1)) e (at, change)
    where i.org_id = ${p.org_id}${useOf("i", filter)} and i.installed_at is not null and e.at is not null
    group by 1`,
);

/**
 * Installations that are open at the end of each day. All are read once: each opens before one day's end and closes before
 * another's.
 */
async function countSpells(tx: Tx, days: string[], rule: string, filter: FigureFilter): Promise<number[]> {
  if (days.length === 0) return [];
  const rows = await tx.query(changesOfSpells({ org_id: tx.org_id, days, rule }, filter));
  const changes = new Map(rows.map((row) => [row.no, row.change]));
  let open = 0;
  return days.map((_, index) => (open += changes.get(index) ?? 0));
}

const newUsers = composed(
  "figures.new_users_filtered",
  { ...ofStretches, rule: "day_rule" },
  { at: "int", users: "int" },
  (p, byDay: boolean, filter: FigureFilter) => sql`
    select ${placeOf(sql`day_of(u.created_at, ${p.rule})`, p, byDay)} as at, count(*)::int as users from users u
    where u.org_id = ${p.org_id}
      and ${isNewBetween("u", sql`start_of(${p.from}, ${p.rule})`, sql`start_of(${p.to} + 1, ${p.rule})`)}
      and ${passes("u", filter)}
    group by 1`,
);

/** New people of each range. */
export async function countNewUsers(tx: Tx, { byDay, values }: StretchBounds, rule: string, filter: FigureFilter) {
  const rows = await tx.query(newUsers({ ...values, rule }, byDay, filter));
  return new Map(rows.map((row) => [row.at, row.users]));
}
