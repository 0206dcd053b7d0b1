import type { SQL } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";

/** What a transaction sends: with a name it is planned once a connection. */
export type Statement = { name?: string; text: string; values?: unknown[] };

const dialect = new PgDialect();

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
