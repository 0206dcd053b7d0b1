import type { ActivityType } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { PgDialect } from "drizzle-orm/pg-core";
import type { Actor, Statement, Tx } from "../actor.ts";
import { findTwins, findUsers } from "./references.ts";
import { floorId } from "../uuid-time.ts";

/** What narrows a list of activities; absent: everything. */
export type ActivityFilter = {
  start_date?: string | undefined;
  end_date?: string | undefined;
  type?: readonly ActivityType[] | undefined;
  user?: string | undefined;
  twin?: string | undefined;
  platform?: readonly string[] | undefined;
  department?: readonly string[] | undefined;
};

const dialect = new PgDialect();

/** A composed query as the statement that `Tx.query` takes. */
export function toStatement(query: SQL): Statement {
  const { sql: text, params } = dialect.sqlToQuery(query);
  return { text, values: params };
}

const anyOf = (column: SQL, values: readonly unknown[]): SQL => sql`${column} = any(${sql.param(values)})`;

export type Range = {
  timezone: string;
  /** First and last local day, both included. */
  start_date: string;
  end_date: string;
  /** The ids of the range are `from <= id < until`. */
  from: string;
  until: string;
};

/**
 * The local days of an organisation as a range of ids; without dates the last 28 days with today.
 * @param now decides what today is
 */
export async function readRange(tx: Tx, { start_date, end_date }: ActivityFilter, now: Date): Promise<Range> {
  type Row = { timezone: string; start_date: string; end_date: string; from_ms: number; until_ms: number };
  const [row] = await tx.query<Row>({
    name: "activities-range",
    text: `select o.time_zone as timezone, d.first as start_date, d.last as end_date,
             (extract(epoch from day_start(d.first, o.time_zone)) * 1000)::bigint as from_ms,
             (extract(epoch from day_start(d.last + 1, o.time_zone)) * 1000)::bigint as until_ms
           from organizations o, lateral (
             select coalesce($2::date, ($4::timestamptz at time zone o.time_zone)::date - 27) as first,
                    coalesce($3::date, ($4::timestamptz at time zone o.time_zone)::date) as last) d
           where o.id = $1`,
    values: [tx.org_id, start_date ?? null, end_date ?? null, now],
  });
  if (!row)
    return { timezone: "UTC", start_date: "1970-01-01", end_date: "1970-01-01", from: floorId(0), until: floorId(0) };
  const { from_ms, until_ms, ...days } = row;
  return { ...days, from: floorId(Math.max(0, from_ms)), until: floorId(Math.max(0, until_ms)) };
}

/** Conditions on activities `a`. Whom a filter names and nobody knows leaves nothing over; it is no error. */
export async function conditionsOf(tx: Tx, actor: Actor, filter: ActivityFilter, range: Range | null): Promise<SQL> {
  const all: SQL[] = [sql`a.org_id = ${tx.org_id}`];
  if (range) all.push(sql`a.id >= ${range.from}::uuid and a.id < ${range.until}::uuid`);
  if (filter.type?.length) all.push(anyOf(sql`a.activity_type`, filter.type));
  if (filter.platform?.length) all.push(anyOf(sql`a.platform`, filter.platform));
  if (filter.user !== undefined) all.push(anyOf(sql`a.user_id`, await findUsers(tx, actor, filter.user)));
  if (filter.twin !== undefined) all.push(anyOf(sql`a.twin_id`, await findTwins(tx, actor, filter.twin)));
  if (filter.department?.length) {
    all.push(sql`a.user_id in (select id from users where org_id = ${tx.org_id} and deleted_at is null
      and ${anyOf(sql`department`, filter.department)})`);
  }
  return sql.join(all, sql` and `);
}
