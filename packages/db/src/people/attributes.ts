import { type AttributeName, attributeNames, noValue } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";

/** Values of which one must match, and values of which none may; null: not asked. */
export type Choice = { of: readonly string[] | null; not: readonly string[] | null };

/** What is asked of people. `user` are ids of ours. */
export type AskedOfPeople = Record<"user" | AttributeName, Choice>;

type Row = "u" | "o" | "r" | "asker" | "owner";
/** The organisation, or where a statement's parameter for it stands. */
export type OrgId = number | SQL;

/**
 * Attributes of people as filters, choices and figures know them: those of today. A deleted person keeps theirs as long as
 * there is a row. A missing or empty one is `noValue`, and so is that of everyone without a row: erased people, whom sealed
 * figures know by a number only, and twins without an owner.
 * @param row of users, or of the one that an outer join didn't find
 */
export const attributeOf = (row: Row, name: AttributeName): string =>
  `coalesce(nullif(${row}.${name}, ''), '${noValue}')`;

/** Whether a filter asks anything of people. */
export const asksOfPeople = (asked: AskedOfPeople): boolean =>
  (["user", ...attributeNames] as const).some((name) => asked[name].of !== null || asked[name].not !== null);

/** Whether a column is one of the values asked for, and none of those that aren't. */
export const chosen = (column: SQL, { of, not }: Choice): SQL[] => [
  ...(of === null ? [] : [of.length === 1 ? sql`${column} = ${of[0]}` : sql`${column} = any(${sql.param(of)})`]),
  // Null (a session without a twin) is none of the values, either.
  ...(not === null ? [] : [sql`(${column} = any(${sql.param(not)})) is not true`]),
];

/** The same for an attribute: a plain comparison where values are asked for, so that an index may serve it. */
function chosenAttribute(row: Row, name: AttributeName, { of, not }: Choice): SQL[] {
  const column = sql.raw(`${row}.${name}`);
  const value = sql.raw(attributeOf(row, name));
  return of?.includes(noValue) || of === null
    ? chosen(value, { of, not })
    : [...chosen(column, { of, not: null }), ...chosen(value, { of: null, not })];
}

/** Whether a row of users passes; null means no. */
export function passes(row: Row, { user, ...asked }: AskedOfPeople): SQL {
  const all = [
    ...chosen(sql.raw(`${row}.id`), user),
    ...attributeNames.flatMap((name) => chosenAttribute(row, name, asked[name])),
  ];
  return all.length === 0 ? sql`true` : sql.join(all, sql` and `);
}

/** Whether someone without a row passes. */
export const nobodyPasses = ({ user, ...asked }: AskedOfPeople): boolean =>
  user.of === null &&
  attributeNames.every((name) => {
    const { of, not } = asked[name];
    return (of === null || of.includes(noValue)) && !not?.includes(noValue);
  });

/**
 * Whether the person behind a key (a person's number or id, a twin's id) passes. Where people without a row pass, the
 * opposite is asked: not one of those who don't pass.
 * @param rows the keys of people, with a row `u` for the condition
 */
const isOf = (key: SQL, rows: (test: SQL) => SQL, asked: AskedOfPeople): SQL =>
  nobodyPasses(asked)
    ? // A key that isn't there (the author of a message who was erased) is of someone without a row, too.
      sql`(${key} in (${rows(sql`(${passes("u", asked)}) is not true`)})) is not true`
    : sql`${key} in (${rows(passes("u", asked))})`;

/** Whether a row of facts `d`, which know a person by number, is of people who pass. */
export const factsOf = (org_id: OrgId, asked: AskedOfPeople): SQL =>
  isOf(sql`d.n`, (test) => sql`select u.n from users u where u.org_id = ${org_id} and ${test}`, asked);

/** Whether a row that names a person by id is of people who pass. */
export const rowsOf = (org_id: OrgId, user_id: SQL, asked: AskedOfPeople): SQL =>
  isOf(user_id, (test) => sql`select u.id from users u where u.org_id = ${org_id} and ${test}`, asked);

/** Whether a row that names a twin is of one whose owner passes. */
export const twinsOf = (org_id: OrgId, twin_id: SQL, asked: AskedOfPeople): SQL =>
  isOf(
    twin_id,
    (test) =>
      sql`select t.id from twins t join users u on u.org_id = ${org_id} and u.id = t.user_id
        where t.org_id = ${org_id} and ${test}`,
    asked,
  );
