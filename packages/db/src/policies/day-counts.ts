import { activitiesOf } from "../people/activities-of.ts";
import { recordKinds, type RecordTable, recordTables } from "../records/kinds.ts";
import { type DataType, dataTypes, policyKinds } from "@twin/contracts/policies";
import { addMonths, monthOf } from "@twin/contracts/calendar";
import { sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import type { Holds } from "./holds.ts";
import { statement } from "../postgres/statement.ts";

/** Table -> rows. */
export type Tables = Record<string, number>;

/** How many rows of each kind of data days hold or have held, by their figures: local day -> table -> rows. */
export type DayCounts = Record<DataType, Map<string, Tables>>;

/** A value for each type of data. */
export const ofEachType = <T>(make: (data_type: DataType) => T): Record<DataType, T> =>
  Object.fromEntries(dataTypes.map((data_type) => [data_type, make(data_type)])) as Record<DataType, T>;

/** What of facts counts the rows of each table; null: nothing does. */
const countOf: Record<RecordTable, string | null> = {
  sessions: "d.sessions",
  activities: activitiesOf("d"),
  conversations: "d.conversations",
  messages: "d.user_messages + d.twin_messages",
  documents: "d.documents",
  queries: "d.queries",
  shared_twin_interactions: "d.shared_interactions",
  feature_events: null,
};
const counted = recordTables.filter((table) => countOf[table] !== null);
const sums = sql.raw(counted.map((table) => `sum(${countOf[table]})::int as ${table}`).join(",\n      "));
const countsOfDay = {
  day: "date",
  ...(Object.fromEntries(counted.map((table) => [table, "int"])) as Record<RecordTable, "int">),
} as const;

const countsByDay = statement(
  "policies.counts_by_day",
  { org_id: "int" },
  countsOfDay,
  (p) => sql`
    select d.day, ${sums}
    from platform_days d where d.org_id = ${p.org_id} group by d.day`,
);

/** The days of held people, whose rows stay. */
const heldByDay = statement(
  "policies.held_by_day",
  { org_id: "int", user_ids: "uuid[]" },
  countsOfDay,
  (p) => sql`
    select d.day, ${sums}
    from users u join user_days d on d.org_id = ${p.org_id} and d.n = u.n
    where u.org_id = ${p.org_id} and u.id = any (${p.user_ids}) group by d.day`,
  { plan: "each" },
);

/** What the erasure of a soft-deleted person deletes, under the day on which they were deleted. */
const leaversByDay = statement(
  "policies.leavers_by_day",
  { org_id: "int", held_ids: "uuid[]" },
  { day: "date", users: "int", sessions: "int", messages: "int", activities: "int" },
  (p) => sql`
    select day_of(u.deleted_at, day_rule_of(o)) as day, count(*)::int as users,
      coalesce(sum(f.sessions), 0)::int as sessions, coalesce(sum(f.messages), 0)::int as messages, coalesce(sum(f.activities), 0)::int as activities
    from organizations o join users u on u.org_id = o.id and u.deleted_at is not null
    left join lateral (
      select sum(d.sessions) as sessions, sum(d.user_messages + d.twin_messages) as messages,
        sum(${sql.raw(activitiesOf("d"))}) as activities
      from user_days d where d.org_id = ${p.org_id} and d.n = u.n
    ) f on true
    where o.id = ${p.org_id} and u.id <> all (${p.held_ids}) group by 1`,
  { plan: "each" },
);

/**
 * Rows by day, from figures, which are kept for ever: fast at any size, but purged rows count, too, and recorded features
 * aren't known. Rows of held people are left out.
 */
export async function countDays(tx: Tx, holds: Holds): Promise<DayCounts> {
  const counts: DayCounts = ofEachType(() => new Map());
  const { user_ids } = holds;
  const days = await tx.query(countsByDay({ org_id: tx.org_id }));
  const held = new Map(
    user_ids.length === 0
      ? []
      : (await tx.query(heldByDay({ org_id: tx.org_id, user_ids }))).map((row) => [row.day, row]),
  );
  for (const row of days) {
    for (const table of counted) {
      const of = counts[recordKinds[table].ages_with];
      of.set(row.day, { ...of.get(row.day), [table]: Math.max(0, row[table] - (held.get(row.day)?.[table] ?? 0)) });
    }
  }
  const leavers = await tx.query(leaversByDay({ org_id: tx.org_id, held_ids: user_ids }));
  for (const { day, ...tables } of leavers) counts.deleted_users.set(day, tables);
  return counts;
}

const oldestDays = statement(
  "policies.oldest_days",
  { org_id: "int", held_ids: "uuid[]" },
  ofEachType(() => "date?" as const),
  (p) => {
    const first = (data_type: DataType) =>
      data_type === "deleted_users"
        ? sql`(select day_of(min(u.deleted_at), day_rule_of(o)) from users u
          where u.org_id = ${p.org_id} and u.deleted_at is not null and u.id <> all (${p.held_ids}))`
        : sql`(select day_of(uuid_time(x.id), day_rule_of(o)) from ${sql.raw(policyKinds[data_type].table)} x
        where x.org_id = ${p.org_id} and (x.user_id is null or x.user_id <> all (${p.held_ids})) order by x.id limit 1)`;
    const days = dataTypes.map((data_type) => sql`${first(data_type)} as ${sql.raw(data_type)}`);
    return sql`
      select ${sql.join(
        days,
        sql`,
        `,
      )}
      from organizations o where o.id = ${p.org_id}`;
  },
);

/** The oldest local day of which each kind still has a row that isn't held; null where it has none. */
export async function readOldestDays(tx: Tx, holds: Holds): Promise<Record<DataType, string | null>> {
  const [row] = await tx.query(oldestDays({ org_id: tx.org_id, held_ids: holds.user_ids }));
  return row!;
}

/** Adds up the days [from, before) that are counted. */
export function sumDays(
  counts: Map<string, Tables>,
  from: string,
  before: string,
): { tables: Tables; first_day: string | null; last_day: string | null } {
  const tables: Tables = {};
  const days: string[] = [];
  for (const [day, rows] of counts) {
    if (day < from || day >= before) continue;
    let any = false;
    for (const [table, count] of Object.entries(rows)) {
      if (count === 0) continue;
      tables[table] = (tables[table] ?? 0) + count;
      any = true;
    }
    if (any) days.push(day);
  }
  days.sort();
  return { tables, first_day: days[0] ?? null, last_day: days.at(-1) ?? null };
}

/** Whole months `[start, end)` that touch the days from `first` to `last`. */
export function monthsOf(first: string, last: string): { month: string; before: string }[] {
  const months = [];
  for (let month = monthOf(first); month <= last;) {
    const before = addMonths(month, 1);
    months.push({ month, before });
    month = before;
  }
  return months;
}
