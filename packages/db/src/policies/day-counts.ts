import type { DataType } from "@twin/contracts/vocabulary";
import { nextBucket } from "@twin/contracts/calendar";
import type { Tx } from "../tenancy/actor.ts";
import type { Holds } from "./holds.ts";

/** Table -> rows. */
export type Tables = Record<string, number>;

/** How many rows of each kind of data the days hold or held, by their figures: local day -> table -> rows. */
export type DayCounts = Record<DataType, Map<string, Tables>>;

type Row = { day: string; sessions: number; messages: number } & Tables;

const tablesOfActivities = ["activities", "conversations", "documents", "queries", "shared_twin_interactions"];

const countsByDay = `
  select d.day, sum(d.sessions)::int as sessions, sum(d.user_messages + d.twin_messages)::int as messages,
    sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int as activities,
    sum(d.conversations)::int as conversations, sum(d.documents)::int as documents, sum(d.queries)::int as queries,
    sum(d.shared_interactions)::int as shared_twin_interactions
  from platform_days d where d.org_id = $1 group by d.day`;

/** The days of held people, whose rows stay. */
const heldByDay = `
  select d.day, sum(d.sessions)::int as sessions, sum(d.user_messages + d.twin_messages)::int as messages,
    sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities)::int as activities,
    sum(d.conversations)::int as conversations, sum(d.documents)::int as documents, sum(d.queries)::int as queries,
    sum(d.shared_interactions)::int as shared_twin_interactions
  from users u join user_days d on d.org_id = $1 and d.n = u.n
  where u.org_id = $1 and u.id = any ($2::uuid[]) group by d.day`;

/** What a soft-deleted person's erasure takes, under the day on which they were deleted. */
const leaversByDay = `
  select day_of(u.deleted_at, day_rule_of(o)) as day, count(*)::int as users,
    coalesce(sum(f.sessions), 0)::int as sessions, coalesce(sum(f.messages), 0)::int as messages, coalesce(sum(f.activities), 0)::int as activities
  from organizations o join users u on u.org_id = o.id and u.deleted_at is not null
  left join lateral (
    select sum(d.sessions) as sessions, sum(d.user_messages + d.twin_messages) as messages,
      sum(d.conversations + d.query_activities + d.document_activities + d.shared_activities) as activities
    from user_days d where d.org_id = $1 and d.n = u.n
  ) f on true
  where o.id = $1 and u.id <> all ($2::uuid[]) group by 1`;

/**
 * Rows a day by figures, which are kept for ever: quick at any size, but they also count what has gone since, and recorded
 * features aren't in them. What held people have is left out.
 */
export async function countDays(tx: Tx, holds: Holds): Promise<DayCounts> {
  const counts: DayCounts = {
    sessions: new Map(),
    messages: new Map(),
    activities: new Map(),
    deleted_users: new Map(),
  };
  const days = await tx.query<Row>({ name: "counts_by_day", text: countsByDay, values: [tx.org_id] });
  const held = new Map(
    holds.user_ids.length === 0
      ? []
      : (await tx.query<Row>({ text: heldByDay, values: [tx.org_id, holds.user_ids] })).map((row) => [row.day, row]),
  );
  for (const row of days) {
    const left = (table: string) => Math.max(0, row[table]! - (held.get(row.day)?.[table] ?? 0));
    counts.sessions.set(row.day, { sessions: left("sessions") });
    counts.messages.set(row.day, { messages: left("messages") });
    counts.activities.set(row.day, Object.fromEntries(tablesOfActivities.map((table) => [table, left(table)])));
  }
  const leavers = await tx.query<{ day: string } & Tables>({ text: leaversByDay, values: [tx.org_id, holds.user_ids] });
  for (const { day, ...tables } of leavers) counts.deleted_users.set(day, tables);
  return counts;
}

/** The oldest local day of which each kind still has a row that isn't held; null where it has none. */
export async function readOldestDays(tx: Tx, holds: Holds): Promise<Record<DataType, string | null>> {
  const first = (table: string, order = "id") =>
    `(select day_of(uuid_time(x.id), day_rule_of(o)) from ${table} x
      where x.org_id = $1 and (x.user_id is null or x.user_id <> all ($2::uuid[])) order by x.${order} limit 1)`;
  const [row] = await tx.query<Record<DataType, string | null>>({
    name: "oldest_days",
    text: `select ${first("sessions")} as sessions, ${first("messages")} as messages, ${first("activities")} as activities,
        (select day_of(min(u.deleted_at), day_rule_of(o)) from users u
          where u.org_id = $1 and u.deleted_at is not null and u.id <> all ($2::uuid[])) as deleted_users
      from organizations o where o.id = $1`,
    values: [tx.org_id, holds.user_ids],
  });
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
  for (let month = `${first.slice(0, 7)}-01`; month <= last;) {
    const before = nextBucket(month, "month");
    months.push({ month, before });
    month = before;
  }
  return months;
}
