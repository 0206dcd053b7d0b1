import type { Filtered, NotApplied } from "@twin/contracts/filter";
import { type SQL, sql } from "drizzle-orm";
import { asksOfPeople, type Choice, chosen, factsOf } from "../../people/attributes.ts";
import {
  type Asked,
  asks,
  byPeople,
  conditions,
  fromSource,
  resolveFilter,
  type ResolvedFilter,
  unfiltered,
} from "../../people/filter.ts";
import type { Actor, Tx } from "../../tenancy/actor.ts";
import { kindsOfOrganization } from "../bitmaps/define.ts";

/** What a filter asks of figures. Conditions on rows and facts are made here. */
export type FigureFilter = ResolvedFilter & {
  /** The kinds of sets of who was active, one a platform; `active` is that of all. */
  kinds: readonly string[];
};

/** Everything. */
export const noFilter: FigureFilter = { ...unfiltered, kinds: ["active"] };

/**
 * The filter that an answer about figures applies, and what of the asked one it can't.
 * @throws BAD_REQUEST naming the field, where a user or twin names nobody or several
 */
export async function readFilter(
  tx: Tx,
  actor: Actor,
  asked: Asked,
  answer: Filtered,
): Promise<{ filter: FigureFilter; not_applied: NotApplied }> {
  const { filter, not_applied } = await resolveFilter(tx, actor, asked, answer);
  return { filter: { ...filter, kinds: await kindsOf(tx, filter.platform) }, not_applied };
}

/** The sets of who was active on the platforms; any but some are all that there are without them. */
async function kindsOf(tx: Tx, { of, not }: Choice): Promise<string[]> {
  if (of === null && not === null) return [...noFilter.kinds];
  const known =
    of ??
    (
      await tx.query<{ platform: string }>({
        name: "active_platforms",
        text: `with ${kindsOfOrganization} select substr(kind, 8) as platform from kinds where kind like 'active:%'`,
        values: [tx.org_id],
      })
    ).map(({ platform }) => platform);
  return known.filter((platform) => !not?.includes(platform)).map((platform) => `active:${platform}`);
}

/** Whether it asks for something that only people have. */
export const asksForPeople = (filter: FigureFilter): boolean => asksOfPeople(filter);

/** Whether it asks where and with which twin something was done. */
export const asksForUse = (filter: FigureFilter): boolean => asks(filter.platform) || asks(filter.twin);

/** Whether the sums by platform (`summedFacts`) and the stored sets answer it: it asks for nothing but platforms. */
export const isOfPlatforms = (filter: FigureFilter): boolean => !asks(filter.twin) && !asksOfPeople(filter);

/** How the filter is asked by platform, as a part of a prepared statement's name. */
export const shapeOf = ({ platform: { of, not } }: FigureFilter): string =>
  `${of === null ? "" : of.length === 1 ? "_of_one" : "_of_some"}${not === null ? "" : "_but_some"}`;

/** What is asked of platforms, and of twins, whose rows or facts these columns are of. */
export const onPlatform = (column: SQL, { platform }: FigureFilter): SQL[] => chosen(column, platform);
export const onTwin = (column: SQL, { twin }: FigureFilter): SQL[] => chosen(column, twin);

const days = "d.org_id = $1 and d.day >= $2::date and d.day <= $3::date";

/** What is asked of platforms alone, as conditions on the rows `row` of a statement that is written as text. */
export const platformsOf = (row: string, filter: FigureFilter, values: unknown[]): string =>
  conditions(onPlatform(sql.raw(`${row}.platform`), filter), values);

/** The same of platforms and twins. */
export const useOf = (row: string, filter: FigureFilter, values: unknown[]): string =>
  conditions([...onPlatform(sql.raw(`${row}.platform`), filter), ...onTwin(sql.raw(`${row}.twin_id`), filter)], values);

/** What is asked of twins alone, as conditions on a column of their ids. */
export const onTwinAlone = (id: string, filter: FigureFilter, values: unknown[]): string =>
  conditions(onTwin(sql.raw(id), filter), values);

/**
 * Facts `d` as `filteredFacts`, over all people and twins where the filter allows it. Only for sums by day and platform:
 * such a row is of nobody and no twin.
 */
export const summedFacts = (filter: FigureFilter, values: unknown[]): string =>
  isOfPlatforms(filter)
    ? `platform_days d where ${days}${platformsOf("d", filter, values)}`
    : filteredFacts(filter, values);

/** Facts `d` of the organisation `$1` from `$2` to `$3` under a filter, whose parameters are added to `values`. */
export const filteredFacts = (filter: FigureFilter, values: unknown[]): string =>
  `user_days d where ${days}${onFacts(filter, values)}`;

/** What is asked, as further conditions on facts `d` of the organisation `$1`. */
export const onFacts = (filter: FigureFilter, values: unknown[]): string =>
  useOf("d", filter, values) + (asksOfPeople(filter) ? conditions([factsOf(values[0] as number, filter)], values) : "");

/** What is asked of activities `a` but not of people. */
export const aboutActivities = (org_id: number, filter: FigureFilter): SQL[] => [
  ...chosen(sql`a.activity_type`, filter.type),
  ...onPlatform(sql`a.platform`, filter),
  ...onTwin(sql`a.twin_id`, filter),
  ...fromSource(org_id, "activity", sql`a.id`, filter.source),
];

/** What is asked of activities `a`. */
export const onActivities = (org_id: number, filter: FigureFilter): SQL[] => [
  ...aboutActivities(org_id, filter),
  ...byPeople(org_id, sql`a.user_id`, filter),
];

/** What is asked of sessions `s`. */
export const onSessions = (org_id: number, filter: FigureFilter): SQL[] => [
  ...onPlatform(sql`s.platform`, filter),
  ...onTwin(sql`s.twin_id`, filter),
  ...byPeople(org_id, sql`s.user_id`, filter),
  ...fromSource(org_id, "session", sql`s.id`, filter.source),
];
