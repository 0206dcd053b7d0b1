import { addMonths } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";
import { cutOf } from "../policies/cuts.ts";
import { isHeldActivity, readHolds } from "../policies/holds.ts";
import { floorId } from "../postgres/uuid-time.ts";
import type { Purge } from "../policies/purge.ts";

/** Most activities or feature events of one batch, and most of their messages unless one conversation alone has more. */
const batchIds = 1_000;
const batchMessages = 10_000;

/** What may be purged of activities now, or null where nothing may. */
export async function readPurge(tx: Tx, now: Date): Promise<Purge | null> {
  const { cut, due } = await cutOf(tx, "activities", now);
  const holds = await readHolds(tx);
  return due === null || holds.organization ? null : { cut, due, holds };
}

/** Ids between `after` and `before`, both left out; a month at most. */
export type IdRange = { after: string; before: string };

/** Parameters of a statement about activities that may be purged. */
export const judging = {
  org_id: "int",
  from: "timestamptz",
  before: "timestamptz",
  held: "uuid[]",
  first: "uuid",
  last: "uuid",
  settled: "timestamptz",
} as const;
type Judging = Record<keyof typeof judging, SQL>;

const outside = (p: Judging, at: string) => sql`(${sql.raw(at)} < ${p.from} or ${sql.raw(at)} >= ${p.before})`;

/**
 * Which activities `a` (org_id, id, user_id, twin_id, session_id) may be purged, with all rows that belong to them. One
 * stays where a detail's own time lies outside of [from, before); where its conversation has a younger message, stored or
 * told by a summary; where a hold keeps it; and where its session ends after `settled`, from when on sessions are still
 * derived. Each detail is one index lookup, and the ids from `first` to `last` lie in few partitions: otherwise the planner
 * joins whole months.
 */
export const judged = (a: SQL, p: Judging): SQL => sql`
  with a as materialized (${a})
  select a.id, a.user_id, coalesce(c.message_count, 0) as messages,
    not (coalesce(c.is_outside, false) or coalesce(m.is_outside, false) or coalesce(d.is_outside, false) or coalesce(q.is_outside, false)
      or coalesce(s.is_outside, false) or coalesce(v.is_in_sight, false) or ${isHeldActivity(sql`a`, p.held)}) as due
  from a
  left join lateral (select message_count, ${outside(p, "summarised_until")} as is_outside from conversations where org_id = ${p.org_id} and activity_id = a.id
    and activity_id between ${p.first} and ${p.last} limit 1) c on true
  left join lateral (select true as is_outside from messages where org_id = ${p.org_id} and conversation_id = a.id
    and conversation_id between ${p.first} and ${p.last} and (id < uuid_floor(${p.from}) or id >= uuid_floor(${p.before})) limit 1) m on true
  left join lateral (select ${outside(p, "created_at")} as is_outside from documents where org_id = ${p.org_id} and activity_id = a.id
    and activity_id between ${p.first} and ${p.last} limit 1) d on true
  left join lateral (select ${outside(p, "created_at")} as is_outside from queries where org_id = ${p.org_id} and activity_id = a.id
    and activity_id between ${p.first} and ${p.last} limit 1) q on true
  left join lateral (select ${outside(p, "created_at")} as is_outside from shared_twin_interactions where org_id = ${p.org_id}
    and activity_id = a.id and activity_id between ${p.first} and ${p.last} limit 1) s on true
  left join lateral (select coalesce(ended_at, started_at) >= ${p.settled} as is_in_sight from sessions
    where org_id = ${p.org_id} and id = a.session_id limit 1) v on true
  order by a.id`;

/** Activities to be tested. */
export const candidates = (p: Judging): SQL =>
  sql`select org_id, id, user_id, twin_id, session_id from activities where org_id = ${p.org_id}`;

const judgedRow = { id: "uuid", user_id: "uuid", messages: "int", due: "boolean" } as const;

/** Parameters of a statement about activities, whose ids lie between two. */
export const givenTo = (tx: Tx, { due, holds }: Purge, first: string, last: string) => ({
  org_id: tx.org_id,
  from: due.from,
  before: due.before,
  held: holds.user_ids,
  first,
  last,
  settled: due.settled,
});

export type DueActivities = {
  /** Activity -> its user, in the order of the ids. */
  owners: Map<string, string>;
  /** Where the next batch begins; null where there is none. */
  after: string | null;
};

const nextJudged = statement(
  "archives.next_activities_judged",
  judging,
  judgedRow,
  (p) =>
    judged(
      sql`${candidates(p)} and id > ${p.first} and id < ${p.last} order by id limit ${sql.raw(String(batchIds))}`,
      p,
    ),
  { plan: "each" },
);

/** The next batch of activities of a range of ids that may be purged. It may be empty although more follow. */
export async function readDueActivities(tx: Tx, window: IdRange, purge: Purge): Promise<DueActivities> {
  const rows = await tx.query(nextJudged(givenTo(tx, purge, window.after, window.before)));
  const owners = new Map<string, string>();
  let messages = 0;
  for (const row of rows) {
    messages += row.messages;
    if (messages > batchMessages && owners.size > 0) return { owners, after: [...owners.keys()].at(-1)! };
    if (row.due) owners.set(row.id, row.user_id);
  }
  return { owners, after: rows.length < batchIds ? null : rows.at(-1)!.id };
}

const judgedAmong = statement(
  "archives.activities_judged",
  { ...judging, ids: "uuid[]" },
  judgedRow,
  (p) => judged(sql`${candidates(p)} and id between ${p.first} and ${p.last} and id = any (${p.ids})`, p),
  { plan: "each" },
);

/** Which of these activities may be purged. @param ids in their order */
export async function dueAmong(tx: Tx, ids: readonly string[], purge: Purge): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows = await tx.query(judgedAmong({ ...givenTo(tx, purge, ids[0]!, ids.at(-1)!), ids }));
  return new Set(rows.filter(({ due }) => due).map(({ id }) => id));
}

/** Feature events in [from, before) of people whom no hold keeps. */
export const dueFeatures = (p: { org_id: SQL; from: SQL; before: SQL; held: SQL }): SQL =>
  sql`select id from feature_events where org_id = ${p.org_id} and id >= uuid_floor(${p.from}) and id < uuid_floor(${p.before}) and user_id <> all (${p.held})`;

const nextFeatures = statement(
  "archives.next_features_due",
  { org_id: "int", after: "uuid", until: "uuid", from: "timestamptz", before: "timestamptz", held: "uuid[]" },
  { id: "uuid" },
  (p) => sql`
    ${dueFeatures(p)} and id > ${p.after} and id < ${p.until} order by id limit ${sql.raw(String(batchIds))}`,
  { plan: "each" },
);

/** The next feature events of a range of ids that may be purged. @returns their ids, at most one batch */
export async function readDueFeatures(tx: Tx, { after, before }: IdRange, { due, holds }: Purge): Promise<string[]> {
  const rows = await tx.query(
    nextFeatures({
      org_id: tx.org_id,
      after,
      until: before,
      from: due.from,
      before: due.before,
      held: holds.user_ids,
    }),
  );
  return rows.map(({ id }) => id);
}

const nextMonthOf = statement(
  "archives.next_month",
  { org_id: "int", from: "uuid", since: "timestamptz", before: "timestamptz" },
  { month: "text?" },
  (p) => sql`
    select to_char(uuid_time(least(
      (select id from activities where org_id = ${p.org_id} and id >= greatest(${p.from}, uuid_floor(${p.since})) and id < uuid_floor(${p.before}) order by id limit 1),
      (select id from feature_events where org_id = ${p.org_id} and id >= greatest(${p.from}, uuid_floor(${p.since})) and id < uuid_floor(${p.before}) order by id limit 1)
    )) at time zone 'UTC', 'YYYY-MM-01') as month`,
  { plan: "each" },
);

/** The month of the first activity or feature event at or after an id that is old enough; null where there is none. */
export async function readNextMonth(tx: Tx, from: string, { due }: Purge): Promise<string | null> {
  const [row] = await tx.query(nextMonthOf({ org_id: tx.org_id, from, since: due.from, before: due.before }));
  return row!.month;
}

/** The ids of a month that are old enough. */
export function idRangeOf(month: string, { due }: Purge): IdRange {
  const start = Date.parse(`${month}T00:00:00Z`);
  const [from, before] = [
    Math.max(start, Date.parse(due.from)),
    Math.min(Date.parse(addMonths(month, 1)), Date.parse(due.before)),
  ];
  return { after: lastBefore(from), before: floorId(before) };
}

/** The greatest id before a millisecond. */
const lastBefore = (ms: number): string => floorId(ms - 1).replace(/^(.{13}).*/, "$1-ffff-ffff-ffffffffffff");
