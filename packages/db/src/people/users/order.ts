import type { UserSort } from "@twin/contracts/users";
import { type SQL, sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import { DomainError } from "../../tenancy/errors.ts";

/** How people `u` are listed; who has no such moment comes last either way. */
export type PeopleOrder = { sort: UserSort; order: "asc" | "desc" };
/** Where a page begins: after this person, whose moment or name is `value`. */
export type Place = { value: string | null; n: number };

/** `nulls`: as the column's index has them. */
const columns = {
  name: { column: "u.name_key", type: "text", nulls: { asc: "last", desc: "first" } },
  created_at: { column: "u.created_at", type: "timestamptz", nulls: { asc: "last", desc: "first" } },
  last_active_at: { column: "u.last_active_at", type: "timestamptz", nulls: { asc: "first", desc: "last" } },
} as const;

/** What is asked for, or what one expects of the column: names from the first on, moments from the last. */
export const orderOf = ({ sort, order }: { sort: UserSort; order?: "asc" | "desc" | undefined }): PeopleOrder => ({
  sort,
  order: order ?? (sort === "name" ? "asc" : "desc"),
});

const by = ({ sort, order }: PeopleOrder, nulls: string) =>
  sql.raw(`${columns[sort].column} ${order} nulls ${nulls}, u.n ${order}`);

/** The order of a whole list. */
export const inOrder = (asked: PeopleOrder): SQL => by(asked, "last");

const isBeyond = ({ sort, order }: PeopleOrder, { value, n }: Place): SQL => {
  const { column, type } = columns[sort];
  const [c, v] = [sql.raw(column), sql`${value}::${sql.raw(type)}`];
  const [from, after] = order === "asc" ? [">=", ">"] : ["<=", "<"];
  return sql`${c} ${sql.raw(from)} ${v} and (${c}, u.n) ${sql.raw(after)} (${v}, ${n}::int)`;
};
const isAfter = ({ order }: PeopleOrder, { n }: Place): SQL =>
  order === "asc" ? sql`u.n > ${n}::int` : sql`u.n < ${n}::int`;

/** Whether somebody comes after a place in the order of a whole list. */
export function isFurther(asked: PeopleOrder, place: Place | null): SQL {
  if (!place) return sql`true`;
  const isNull = sql.raw(`${columns[asked.sort].column} is null`);
  return place.value === null
    ? sql`${isNull} and ${isAfter(asked, place)}`
    : sql`(${isNull} or ${isBeyond(asked, place)})`;
}

/**
 * The list from a place on in stretches that follow each other, each of which an index holds in its order: those who have
 * the moment, and those who don't.
 */
export function stretchesInOrder(asked: PeopleOrder, place: Place | null): { where: SQL; by: SQL }[] {
  const { column, nulls } = columns[asked.sort];
  const [c, ordered] = [sql.raw(column), by(asked, nulls[asked.order])];
  const having = { where: place ? isBeyond(asked, place) : sql`${c} is not null`, by: ordered };
  if (asked.sort !== "last_active_at") return [having];
  const rest = place?.value === null ? sql`${c} is null and ${isAfter(asked, place)}` : sql`${c} is null`;
  return place?.value === null ? [{ where: rest, by: ordered }] : [having, { where: rest, by: ordered }];
}

type Person = { n: number; created_at: string; last_active_at: string | null };

const codeOf = ({ sort, order }: PeopleOrder) => `${sort[0]}${order[0]}`;

/** The text by which a caller asks for what comes after a person. A name doesn't stand in it: addresses are kept. */
export function writePlace(asked: PeopleOrder, { n, ...person }: Person): string {
  const at = asked.sort === "name" ? null : person[asked.sort];
  return `${codeOf(asked)}.${at === null ? "" : Date.parse(at).toString(36)}.${n.toString(36)}`;
}

const nameAt = statement(
  "people.name_at",
  { org_id: "int", n: "int" },
  { name_key: "text" },
  (p) => sql`select name_key from users where org_id = ${p.org_id} and n = ${p.n}`,
);

const refused = (why: string) => new DomainError("BAD_REQUEST", why, { path: "cursor" });

/** The place that a caller's text names. @throws BAD_REQUEST where it isn't ours, of another order, or after nobody */
export async function readPlace(tx: Tx, asked: PeopleOrder, text: string | undefined): Promise<Place | null> {
  if (text === undefined) return null;
  const [, code, at, number] = /^([nlc][ad])\.(-?[0-9a-z]{1,10})?\.([0-9a-z]{1,6})$/.exec(text) ?? [];
  const n = Number.parseInt(number ?? "", 36);
  const ms = at === undefined ? 0 : Number.parseInt(at, 36);
  if (!(n > 0 && n < 2 ** 31) || !(Math.abs(ms) <= 8.64e15)) throw refused("must be next_cursor of an earlier answer");
  if (code !== codeOf(asked))
    throw refused("is of a list in another order: ask for its first page, without a cursor, in this one");
  if (asked.sort !== "name") {
    if (at === undefined && asked.sort === "created_at") throw refused("must be next_cursor of an earlier answer");
    return { value: at === undefined ? null : new Date(ms).toISOString(), n };
  }
  const [person] = await tx.query(nameAt({ org_id: tx.org_id, n }));
  if (!person) throw refused("comes after somebody who was erased since: ask for the first page, without a cursor");
  return { value: person.name_key, n };
}
