import { type Filtered, type NotApplied, notAppliedTo, notTaken } from "@twin/contracts/filter";
import { type FilterField, type FilterName, filterNames } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { findTwin, findUser } from "../../people/resolve.ts";
import type { Actor, Tx } from "../../tenancy/actor.ts";
import { asksOfPeople, type Choice, chosen, factsOf, passes, rowsOf } from "../../people/attributes.ts";
import { textOf } from "../../postgres/statement.ts";
import { kindsOfOrganization } from "../store-people.ts";

/**
 * A filter whose references are known: what is asked of each field (docs/METRICS.md, "Filters"). Conditions on rows and
 * facts are made here and in `people/attributes.ts`, and nowhere else.
 */
export type ResolvedFilter = Record<FilterName, Choice> & {
  /** The kinds of sets of who was active, one a platform; `active` is that of all. */
  kinds: readonly string[];
};

export const unasked: Choice = { of: null, not: null };

/** Everything. */
export const noFilter: ResolvedFilter = {
  type: unasked,
  platform: unasked,
  twin: unasked,
  user: unasked,
  department: unasked,
  company: unasked,
  source: unasked,
  kinds: ["active"],
};

type Asked = Partial<Record<FilterField, readonly string[] | undefined>>;

/**
 * The filter that an answer applies, and what of the asked one it can't.
 * @throws BAD_REQUEST naming the field, where a user or twin names nobody or several
 */
export async function readFilter(
  tx: Tx,
  actor: Actor,
  asked: Asked,
  answer: Filtered,
): Promise<{ filter: ResolvedFilter; not_applied: NotApplied }> {
  const filter: ResolvedFilter = { ...noFilter };
  for (const name of filterNames) {
    if (name in notTaken[answer]) continue;
    const read = async (field: FilterField) => {
      const values = asked[field];
      return values?.length ? await idsOf(tx, actor, name, field, values) : null;
    };
    filter[name] = { of: await read(name), not: await read(`${name}_not`) };
  }
  return {
    filter: { ...filter, kinds: await kindsOf(tx, filter.platform) },
    not_applied: notAppliedTo(answer, asked),
  };
}

/** What stored rows hold for the values of a filter. */
async function idsOf(tx: Tx, actor: Actor, name: FilterName, field: FilterField, values: readonly string[]) {
  if (name !== "user" && name !== "twin") return values;
  const find = name === "user" ? findUser : findTwin;
  const ids: string[] = [];
  for (const value of values) ids.push(await find(tx, actor, value, field));
  return ids;
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

/** Whether anything is asked of a field. */
export const asks = ({ of, not }: Choice): boolean => of !== null || not !== null;

/** Whether anything is filtered at all. */
export const asksAnything = (filter: ResolvedFilter): boolean => filterNames.some((name) => asks(filter[name]));

/** Whether it asks for something that only people have. */
export const asksForPeople = (filter: ResolvedFilter): boolean => asksOfPeople(filter);

/** Whether it asks where and with which twin something was done. */
export const asksForUse = (filter: ResolvedFilter): boolean => asks(filter.platform) || asks(filter.twin);

/** Whether the sums by platform (`summedFacts`) and the stored sets answer it: it asks for nothing but platforms. */
export const isOfPlatforms = (filter: ResolvedFilter): boolean => !asks(filter.twin) && !asksOfPeople(filter);

/** How the filter is asked by platform, as a part of a prepared statement's name. */
export const shapeOf = ({ platform: { of, not } }: ResolvedFilter): string =>
  `${of === null ? "" : of.length === 1 ? "_of_one" : "_of_some"}${not === null ? "" : "_but_some"}`;

/** What is asked of platforms, and of twins, whose rows or facts these columns are of. */
export const onPlatform = (column: SQL, { platform }: ResolvedFilter): SQL[] => chosen(column, platform);
export const onTwin = (column: SQL, { twin }: ResolvedFilter): SQL[] => chosen(column, twin);

const conditions = (all: SQL[], values: unknown[]): string => all.map((one) => ` and ${textOf(one, values)}`).join("");

const days = "d.org_id = $1 and d.day >= $2::date and d.day <= $3::date";

/** What is asked of platforms alone, as conditions on the rows `row` of a statement that is written as text. */
export const platformsOf = (row: string, filter: ResolvedFilter, values: unknown[]): string =>
  conditions(onPlatform(sql.raw(`${row}.platform`), filter), values);

/** The same of platforms and twins. */
export const useOf = (row: string, filter: ResolvedFilter, values: unknown[]): string =>
  conditions([...onPlatform(sql.raw(`${row}.platform`), filter), ...onTwin(sql.raw(`${row}.twin_id`), filter)], values);

/** What is asked of twins alone, as conditions on a column of their ids. */
export const onTwinAlone = (id: string, filter: ResolvedFilter, values: unknown[]): string =>
  conditions(onTwin(sql.raw(id), filter), values);

/**
 * Facts `d` as `filteredFacts`, over all people and twins where the filter allows it. Only for sums by day and platform:
 * such a row is of nobody and no twin.
 */
export const summedFacts = (filter: ResolvedFilter, values: unknown[]): string =>
  isOfPlatforms(filter)
    ? `platform_days d where ${days}${platformsOf("d", filter, values)}`
    : filteredFacts(filter, values);

/** Facts `d` of the organisation `$1` from `$2` to `$3` under a filter, whose parameters are added to `values`. */
export const filteredFacts = (filter: ResolvedFilter, values: unknown[]): string =>
  `user_days d where ${days}${onFacts(filter, values)}`;

/** What is asked, as further conditions on facts `d` of the organisation `$1`. */
export const onFacts = (filter: ResolvedFilter, values: unknown[]): string =>
  useOf("d", filter, values) + (asksOfPeople(filter) ? conditions([factsOf(values[0] as number, filter)], values) : "");

/** What is asked of people, as further conditions on users `u` of the organisation `$1`. */
export const onPeople = (filter: ResolvedFilter, values: unknown[]): string =>
  conditions(
    [
      ...(asksOfPeople(filter) ? [passes("u", filter)] : []),
      ...fromSource(values[0] as number, "user", sql`u.id`, filter.source),
    ],
    values,
  );

/**
 * What is asked of people, of rows that name one by id. One person is compared as such: the newest of theirs stand together
 * in an index.
 */
export const byPeople = (org_id: number, user_id: SQL, { user, department, company }: ResolvedFilter): SQL[] => {
  const ofAttributes = { user: unasked, department, company };
  return [...chosen(user_id, user), ...(asksOfPeople(ofAttributes) ? [rowsOf(org_id, user_id, ofAttributes)] : [])];
};

/** What is asked of activities `a` but not of people. */
export const aboutActivities = (org_id: number, filter: ResolvedFilter): SQL[] => [
  ...chosen(sql`a.activity_type`, filter.type),
  ...onPlatform(sql`a.platform`, filter),
  ...onTwin(sql`a.twin_id`, filter),
  ...fromSource(org_id, "activity", sql`a.id`, filter.source),
];

/** What is asked of activities `a`. */
export const onActivities = (org_id: number, filter: ResolvedFilter): SQL[] => [
  ...aboutActivities(org_id, filter),
  ...byPeople(org_id, sql`a.user_id`, filter),
];

/** What is asked of sessions `s`. */
export const onSessions = (org_id: number, filter: ResolvedFilter): SQL[] => [
  ...onPlatform(sql`s.platform`, filter),
  ...onTwin(sql`s.twin_id`, filter),
  ...byPeople(org_id, sql`s.user_id`, filter),
  ...fromSource(org_id, "session", sql`s.id`, filter.source),
];

/** Whether a record got one of its external ids from a source. */
function fromSource(org_id: number, kind: "activity" | "session" | "user", id: SQL, { of, not }: Choice): SQL[] {
  const known = (sources: readonly string[]) =>
    sql`exists (select from external_ids e where e.org_id = ${org_id} and e.id = ${id} and e.kind = ${kind}
      and e.source = any(${sql.param(sources)}))`;
  return [...(of === null ? [] : [known(of)]), ...(not === null ? [] : [sql`not ${known(not)}`])];
}
