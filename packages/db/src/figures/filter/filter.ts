import type { Filtered, NotApplied } from "@twin/contracts/filter";
import { type SQL, sql } from "drizzle-orm";
import { asksOfPeople, type Choice, chosen, factsOf, type OrgId } from "../../people/attributes.ts";
import {
  andEach,
  type Asked,
  asks,
  byPeople,
  fromSource,
  resolveFilter,
  type ResolvedFilter,
  unfiltered,
} from "../../people/filter.ts";
import type { Actor, Tx } from "../../tenancy/actor.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { type Places, statement } from "../../postgres/statement.ts";
import { kindsOf } from "./kinds.ts";

/** What a filter asks of figures. Conditions on rows and facts are made here. */
export type FigureFilter = ResolvedFilter & {
  /** The kinds of sets of active people, one a platform; `active` is everyone. */
  kinds: readonly string[];
};

/** The filter that asks nothing. */
export const noFilter: FigureFilter = { ...unfiltered, kinds: ["active"] };

/**
 * The filter that an answer about figures applies, and which of the filters asked for it can't apply.
 * @throws BAD_REQUEST naming the field, where a user or twin names nobody or several
 */
export async function readFilter(
  tx: Tx,
  actor: Actor,
  asked: Asked,
  answer: Filtered,
): Promise<{ filter: FigureFilter; not_applied: NotApplied }> {
  const { filter, not_applied } = await resolveFilter(tx, actor, asked, answer);
  return { filter: { ...filter, kinds: await setsOf(tx, filter.platform) }, not_applied };
}

const activePlatforms = statement(
  "figures.active_platforms",
  { org_id: "int" },
  { platform: "text" },
  (p) => sql`
    with ${kindsOf(p.org_id)} select substr(kind, 8) as platform from kinds where kind like 'active:%'`,
);

/** The sets of people active on the platforms that are asked for; without any, of everyone. */
async function setsOf(tx: Tx, { of, not }: Choice): Promise<string[]> {
  if (of === null && not === null) return [...noFilter.kinds];
  const known = of ?? (await tx.query(activePlatforms({ org_id: tx.org_id }))).map(({ platform }) => platform);
  return known.filter((platform) => !not?.includes(platform)).map((platform) => `active:${platform}`);
}

/** Whether it asks for attributes of people. */
export const asksForPeople = (filter: FigureFilter): boolean => asksOfPeople(filter);

/** Whether it asks for platforms or twins. */
export const asksForUse = (filter: FigureFilter): boolean => asks(filter.platform) || asks(filter.twin);

/** Whether the sums by platform (`summedFacts`) and the stored sets answer it: it asks for nothing but platforms. */
export const isOfPlatforms = (filter: FigureFilter): boolean => !asks(filter.twin) && !asksOfPeople(filter);

/** How the filter is asked by platform, as a part of a prepared statement's name. */
export const shapeOf = ({ platform: { of, not } }: FigureFilter): string =>
  `${of === null ? "" : of.length === 1 ? "_of_one" : "_of_some"}${not === null ? "" : "_but_some"}`;

/** Conditions on platforms, and on twins, for a column of rows or facts. */
export const onPlatform = (column: SQL, { platform }: FigureFilter): SQL[] => chosen(column, platform);
/** The same for twins. */
export const onTwin = (column: SQL, { twin }: FigureFilter): SQL[] => chosen(column, twin);

/** The days that figures are asked for, from the first to the last, as parameters of a statement. */
export const ofDays = { org_id: "int", from: "date", to: "date" } as const;
export type Days = Places<typeof ofDays>;
/** The values of `ofDays`. */
export const daysOf = ({ org_id }: Tx, { start_date, end_date }: DayRange) => ({
  org_id,
  from: start_date,
  to: end_date,
});

/** Conditions on platforms alone, added to others, for rows `row`. */
export const platformsOf = (row: string, filter: FigureFilter): SQL =>
  andEach(onPlatform(sql.raw(`${row}.platform`), filter));

/** The same for platforms and twins. */
export const useOf = (row: string, filter: FigureFilter): SQL =>
  andEach([...onPlatform(sql.raw(`${row}.platform`), filter), ...onTwin(sql.raw(`${row}.twin_id`), filter)]);

/** Conditions on twins alone, added to others, for a column of their ids. */
export const onTwinAlone = (id: string, filter: FigureFilter): SQL => andEach(onTwin(sql.raw(id), filter));

const inDays = ({ org_id, from, to }: Days): SQL => sql`d.org_id = ${org_id} and d.day >= ${from} and d.day <= ${to}`;

/**
 * Facts `d` as `filteredFacts`, over all people and twins where the filter allows it. Only for sums by day and platform:
 * such a row has no person and no twin.
 */
export const summedFacts = (filter: FigureFilter, days: Days): SQL =>
  isOfPlatforms(filter)
    ? sql`platform_days d where ${inDays(days)}${platformsOf("d", filter)}`
    : filteredFacts(filter, days);

/** Facts `d` of some days under a filter. */
export const filteredFacts = (filter: FigureFilter, days: Days): SQL =>
  sql`user_days d where ${inDays(days)}${onFacts(filter, days.org_id)}`;

/** The filter as further conditions on facts `d`. */
export const onFacts = (filter: FigureFilter, org_id: OrgId): SQL =>
  sql`${useOf("d", filter)}${andEach(asksOfPeople(filter) ? [factsOf(org_id, filter)] : [])}`;

/** The filter without people, on activities `a`. */
export const aboutActivities = (org_id: OrgId, filter: FigureFilter): SQL[] => [
  ...chosen(sql`a.activity_type`, filter.type),
  ...onPlatform(sql`a.platform`, filter),
  ...onTwin(sql`a.twin_id`, filter),
  ...fromSource(org_id, "activity", sql`a.id`, filter.source),
];

/** The filter on activities `a`. */
export const onActivities = (org_id: OrgId, filter: FigureFilter): SQL[] => [
  ...aboutActivities(org_id, filter),
  ...byPeople(org_id, sql`a.user_id`, filter),
];

/** The filter on sessions `s`. */
export const onSessions = (org_id: OrgId, filter: FigureFilter): SQL[] => [
  ...onPlatform(sql`s.platform`, filter),
  ...onTwin(sql`s.twin_id`, filter),
  ...byPeople(org_id, sql`s.user_id`, filter),
  ...fromSource(org_id, "session", sql`s.id`, filter.source),
];
