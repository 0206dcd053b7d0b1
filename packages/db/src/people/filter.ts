import { type Filtered, type NotApplied, notAppliedTo, notTaken } from "@twin/contracts/filter";
import { type FilterField, type FilterName, filterNames } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { asksOfPeople, type Choice, chosen, type OrgId, passes, rowsOf } from "./attributes.ts";
import { resolveTwins, resolveUsers } from "./resolve.ts";

/**
 * A filter whose references are known: what is asked of each field (docs/METRICS.md, "Filters"). Conditions on people are
 * made here and in `attributes.ts`, those on rows and facts in `figures/filter/filter.ts`, and nowhere else.
 */
export type ResolvedFilter = Readonly<Record<FilterName, Choice>>;

export const unasked: Choice = { of: null, not: null };

/** The filter that asks nothing. */
export const unfiltered = Object.fromEntries(filterNames.map((name) => [name, unasked])) as ResolvedFilter;

export type Asked = Partial<Record<FilterField, readonly string[] | undefined>>;

/**
 * The filter that an answer applies, and which of the filters asked for it can't apply.
 * @throws BAD_REQUEST naming the field, where a user or twin names nobody or several
 */
export async function resolveFilter(
  tx: Tx,
  actor: Actor,
  asked: Asked,
  answer: Filtered,
): Promise<{ filter: ResolvedFilter; not_applied: NotApplied }> {
  const filter: Record<FilterName, Choice> = { ...unfiltered };
  for (const name of filterNames) {
    if (name in notTaken[answer]) continue;
    const read = async (field: FilterField) => {
      const values = asked[field];
      return values?.length ? await idsOf(tx, actor, name, field, values) : null;
    };
    filter[name] = { of: await read(name), not: await read(`${name}_not`) };
  }
  return { filter, not_applied: notAppliedTo(answer, asked) };
}

/** What stored rows hold for the values of a filter. */
function idsOf(
  tx: Tx,
  actor: Actor,
  name: FilterName,
  field: FilterField,
  values: readonly string[],
): Promise<readonly string[]> {
  if (name !== "user" && name !== "twin") return Promise.resolve(values);
  return (name === "user" ? resolveUsers : resolveTwins)(tx, actor, values, field);
}

/** Whether anything is asked of a field. */
export const asks = ({ of, not }: Choice): boolean => of !== null || not !== null;

/** Whether anything is filtered at all. */
export const asksAnything = (filter: ResolvedFilter): boolean => filterNames.some((name) => asks(filter[name]));

/** Conditions behind another one. */
export const andEach = (all: readonly SQL[]): SQL => sql.join(all.map((one) => sql` and ${one}`));

/** What is asked of people, as conditions on users `u`. */
export const onPeople = (org_id: OrgId, filter: ResolvedFilter): SQL[] => [
  ...(asksOfPeople(filter) ? [passes("u", filter)] : []),
  ...fromSource(org_id, "user", sql`u.id`, filter.source),
];

/**
 * The filter on people, for rows that name one by id. One person is compared directly: their newest rows lie together in an
 * index.
 */
export const byPeople = (org_id: OrgId, user_id: SQL, filter: ResolvedFilter): SQL[] => {
  const ofAttributes = { ...filter, user: unasked };
  return [
    ...chosen(user_id, filter.user),
    ...(asksOfPeople(ofAttributes) ? [rowsOf(org_id, user_id, ofAttributes)] : []),
  ];
};

/** Whether a record got one of its external ids from a source. */
export function fromSource(org_id: OrgId, kind: "activity" | "session" | "user", id: SQL, { of, not }: Choice): SQL[] {
  const known = (sources: readonly string[]) =>
    sql`exists (select from external_ids e where e.org_id = ${org_id} and e.id = ${id} and e.kind = ${kind}
      and e.source = any(${sql.param(sources)}))`;
  return [...(of === null ? [] : [known(of)]), ...(not === null ? [] : [sql`not ${known(not)}`])];
}
