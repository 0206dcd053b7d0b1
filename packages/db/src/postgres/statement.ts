import { Placeholder, type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

const dialect = new PgDialect();

declare const rowOf: unique symbol;

/**
 * What a transaction sends, and what a row of its answer is (`never`: whoever sends it says so). With a name it is planned
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

/** A column of which more is known than its type. */
type Narrowed<T> = { column: Column; value?: T };

/** A column whose values are some of its type's only: words of a list, or JSON of a shape. */
export const only = <T>(column: Column): Narrowed<T> => ({ column });

type Params = Readonly<Record<string, Column>>;
type Row = Readonly<Record<string, Column | Narrowed<unknown>>>;
type ParamsOf<P extends Params> = { readonly [N in keyof P]: ParamOf<P[N]> };
type RowOf<R extends Row> = { [N in keyof R]: R[N] extends Narrowed<infer T> ? T : ValueOf<R[N]> };

/** A statement as it was declared, for the test that prepares each. */
export type Declared = { name: string; text: string; params: Params; row: Record<string, Column>; isNamed: boolean };
export const declared: Declared[] = [];

const typeOf = (column: Column) => column.replace("?", "");

/**
 * A statement with named parameters, whose text is made once: `name` is `<area>.<what it does>`, and `params` and `row` say
 * the types of what goes in and comes out. A parameter is written as `p.<name>` as often as it is needed. The text and its
 * row are compared with the database by a test, and stand in `packages/db/test/sql`.
 * @param plan `each`: it is planned for its very values every time, so it goes without its name
 */
export function statement<const P extends Params, const R extends Row>(
  name: `${string}.${string}`,
  params: P,
  row: R,
  write: (p: { readonly [N in keyof P]: SQL }) => SQL,
  { plan = "once" }: { plan?: "once" | "each" } = {},
): (values: ParamsOf<P>) => Statement<RowOf<R>> {
  const names = Object.keys(params);
  const places = names.map((param) => [param, sql`${sql.placeholder(param)}::${sql.raw(typeOf(params[param]!))}`]);
  const written = dialect.sqlToQuery(write(Object.fromEntries(places) as { readonly [N in keyof P]: SQL }));
  const order: string[] = [];
  const numbers = written.params.map((param) => {
    if (!(param instanceof Placeholder)) throw new TypeError(`${name} holds a value: make it a parameter`);
    if (!order.includes(param.name)) order.push(param.name);
    return order.indexOf(param.name) + 1;
  });
  const unused = names.filter((param) => !order.includes(param));
  if (unused.length > 0) throw new TypeError(`${name} doesn't use ${unused.join(", ")}`);
  const text = written.sql.replaceAll(/\$(\d+)/g, (_, place: string) => `$${numbers[Number(place) - 1]}`);
  const columns = Object.entries(row).map(([column, is]) => [column, typeof is === "string" ? is : is.column]);
  declared.push({
    name,
    text,
    params,
    row: Object.fromEntries(columns) as Record<string, Column>,
    isNamed: plan === "once",
  });
  // An array would be taken for one of PostgreSQL's.
  const isJson = new Set(order.filter((param) => /^jsonb?\??$/.test(params[param]!)));
  return (values) => ({
    ...(plan === "once" && { name }),
    text,
    values: order.map((param) =>
      isJson.has(param) && values[param] !== null ? JSON.stringify(values[param]) : values[param],
    ),
  });
}

/** A composed query as the statement that `Tx.query` takes. */
export function toStatement(query: SQL): Statement {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return { text, values: params };
}

/** A composed part of a statement that is written as text: its parameters are added to the statement's `values`. */
export function textOf(part: SQL, values: unknown[]): string {
  const { sql: text, params } = dialect.sqlToQuery(part);
  const before = values.length;
  values.push(...params);
  return text.replaceAll(/\$(\d+)/g, (_, place: string) => `$${before + Number(place)}`);
}
