import { Placeholder, type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

const dialect = new PgDialect();

declare const rowOf: unique symbol;

/**
 * What a transaction sends, and the type of a row of its answer (`never`: the caller names it). With a name it is planned
 * once a connection.
 */
export type Statement<R = never> = { name?: string; text: string; values?: unknown[]; readonly [rowOf]?: R };

/** Types of PostgreSQL, and what their values are here (`connect.ts`). */
type Scalars = {
  int: number;
  bigint: number;
  numeric: number;
  float8: number;
  boolean: boolean;
  text: string;
  uuid: string;
  date: string;
  timestamptz: string;
  bytea: Buffer;
  inet: string;
  json: unknown;
  jsonb: unknown;
  /** Ours, as PostgreSQL writes it. */
  day_rule: string;
};
type Scalar = keyof Scalars;
type Kind = Scalar | `${Scalar}[]`;
/** `?`: it may be null. */
type Column = Kind | `${Kind}?`;
type ValueOf<K> = K extends `${infer T extends Kind}?`
  ? ValueOf<T> | null
  : K extends `${infer T extends Scalar}[]`
    ? Scalars[T][]
    : K extends Scalar
      ? Scalars[K]
      : never;
type ParamOf<K> = K extends `${infer T extends Kind}?`
  ? ParamOf<T> | null
  : K extends `${infer T extends Scalar}[]`
    ? readonly (Scalars[T] | null)[]
    : ValueOf<K>;

/** A column with a narrower type than its own. */
type Narrowed<T> = { column: Column; value?: T };

/** A column whose values are some of its type's only: words of a list, or JSON of a shape. */
export const only = <T>(column: Column): Narrowed<T> => ({ column });

export type Params = Readonly<Record<string, Column>>;
export type Row = Readonly<Record<string, Column | Narrowed<unknown>>>;
export type ParamsOf<P extends Params> = { readonly [N in keyof P]: ParamOf<P[N]> };
export type RowOf<R extends Row> = { [N in keyof R]: R[N] extends Narrowed<infer T> ? T : ValueOf<R[N]> };
/** Where parameters stand in the SQL of a statement. */
export type Places<P extends Params> = { readonly [N in keyof P]: SQL };

/** A statement as it was declared, for the test that prepares every one. */
export type Declared = { name: string; text: string; params: Params; row: Record<string, Column>; isNamed: boolean };
export const declared: Declared[] = [];

/** Statements that are composed, and a listener for each text that is made of them: the test that prepares those. */
export const composing: { names: string[]; listener?: (one: Declared) => void } = { names: [] };

const typeOf = (column: Column) => column.replace("?", "");
const columnsOf = (row: Row) =>
  Object.fromEntries(Object.entries(row).map(([column, is]) => [column, typeof is === "string" ? is : is.column]));

/** What a number in a text stands for. */
type Place = { param: string } | { value: unknown };

/**
 * An organisation in a condition, so that the planner takes it for any: of one that its statistics don't know yet it expects
 * no rows, takes any index that begins with the organisation, and reads all of its rows for each that is looked up. Hidden
 * in a sub-select, its rows are estimated by the average of all.
 */
export const anyTenant = (org_id: SQL | number): SQL => sql`(select ${org_id}::int)`;

/** The text of a statement, a parameter under one number wherever it stands, and what its numbers stand for. */
function writeText<P extends Params>(params: P, write: (p: Places<P>) => SQL): { text: string; places: Place[] } {
  const types = Object.entries(params).map(([param, is]) => {
    const place = sql`${sql.placeholder(param)}`;
    return [param, param === "org_id" ? anyTenant(place) : sql`${place}::${sql.raw(typeOf(is))}`];
  });
  const written = dialect.sqlToQuery(write(Object.fromEntries(types) as Places<P>));
  const places: Place[] = [];
  const numberOf = new Map<string, number>();
  const numbers = written.params.map((value) => {
    if (!(value instanceof Placeholder)) return places.push({ value });
    const known = numberOf.get(value.name) ?? places.push({ param: value.name });
    numberOf.set(value.name, known);
    return known;
  });
  return { text: written.sql.replaceAll(/\$(\d+)/g, (_, at: string) => `$${numbers[Number(at) - 1]}`), places };
}

/** The values of a text in the order of its numbers. */
const valuesOf = (params: Params, places: readonly Place[], values: Readonly<Record<string, unknown>>): unknown[] =>
  places.map((place) => {
    if (!("param" in place)) return place.value;
    const value = values[place.param];
    // An array would be taken for one of PostgreSQL's.
    return /^jsonb?\??$/.test(params[place.param]!) && value !== null ? JSON.stringify(value) : value;
  });

/**
 * A statement with named parameters, whose text is made once. `name` is `<area>.<what it does>`; `params` and `row` are the
 * types of parameters and columns. A parameter is written as `p.<name>` as often as it is needed. A test compares text and
 * row with the database, and keeps the text in `packages/db/test/sql`.
 * @param plan `each`: planned for its values every time, so it is sent without its name
 */
export function statement<const P extends Params, const R extends Row>(
  name: `${string}.${string}`,
  params: P,
  row: R,
  write: (p: Places<P>) => SQL,
  { plan = "once" }: { plan?: "once" | "each" } = {},
): (values: ParamsOf<P>) => Statement<RowOf<R>> {
  const { text, places } = writeText(params, write);
  const used = places.map((place) => {
    if (!("param" in place)) throw new TypeError(`${name} holds a value: make it a parameter`);
    return place.param;
  });
  const unused = Object.keys(params).filter((param) => !used.includes(param));
  if (unused.length > 0) throw new TypeError(`${name} doesn't use ${unused.join(", ")}`);
  declared.push({ name, text, params, row: columnsOf(row), isNamed: plan === "once" });
  return (values) => ({ ...(plan === "once" && { name }), text, values: valuesOf(params, places, values) });
}

/**
 * A statement whose text depends on what is asked, as a filter: it is written each time, with the values of what is asked
 * in it, and planned for them. A test composes each, compares it with the database, and keeps examples in
 * `packages/db/test/sql`. A parameter may be left out of a text.
 * @param variantOf tells texts apart that are planned once, as what their name ends with; null: planned for its values
 */
export function composed<const P extends Params, const R extends Row, A extends unknown[]>(
  name: `${string}.${string}`,
  params: P,
  row: R,
  write: (p: Places<P>, ...asked: A) => SQL,
  variantOf: (...asked: A) => string | null = () => null,
): (values: ParamsOf<P>, ...asked: A) => Statement<RowOf<R>> {
  composing.names.push(name);
  return (values, ...asked) => {
    const { text, places } = writeText(params, (p) => write(p, ...asked));
    const variant = variantOf(...asked);
    const isNamed = variant !== null;
    const whole = name + (variant ?? "");
    composing.listener?.({ name: whole, text, params, row: columnsOf(row), isNamed });
    return { ...(isNamed && { name: whole }), text, values: valuesOf(params, places, values) };
  };
}

/** A part without values, for a statement that is written as text. */
export function textOf(part: SQL): string {
  const { sql: text, params } = dialect.sqlToQuery(part);
  if (params.length > 0) throw new TypeError("a part that is written as text holds a value");
  return text;
}
