import { type SQL, sql } from "drizzle-orm";
import { forgetNames } from "../records/ingest/references.ts";
import { timeOf } from "../postgres/uuid-time.ts";
import { moveBack } from "./beginnings.ts";
import type { Line, UndoWork } from "./part.ts";
import { only, statement } from "../postgres/statement.ts";

// Deletes what happened, and marks the days that it counted on. Bounds of ids keep statements out of other months.

const rowParams = { org_id: "int", ids: "uuid[]", first: "uuid", last: "uuid" } as const;
type Rows = Record<keyof typeof rowParams, SQL>;
const rowsOf = ({ tx }: UndoWork, ids: string[]) => ({ org_id: tx.org_id, ids, first: ids[0]!, last: ids.at(-1)! });
const within = (p: Rows): SQL =>
  sql`org_id = ${p.org_id} and id = any (${p.ids}) and id >= ${p.first} and id <= ${p.last}`;
const idsOf = (lines: readonly Line[]) => lines.map(({ id }) => id).sort();

const removedMessages = statement(
  "imports.remove_messages",
  { org_id: "int", conversation_ids: "uuid[]", ids: "uuid[]", first: "uuid", last: "uuid" },
  { at: "timestamptz", n: "int?", owner_n: "int", began: "timestamptz" },
  (p) => sql`
    with gone as (
      delete from messages m using unnest(${p.conversation_ids}, ${p.ids}) s (conversation_id, id)
      where m.org_id = ${p.org_id} and m.conversation_id = s.conversation_id and m.id = s.id
        and m.conversation_id >= ${p.first} and m.conversation_id <= ${p.last}
      returning m.conversation_id, m.user_id, m.created_at
    )
    select g.created_at as at, u.n, w.n as owner_n, a.started_at as began
    from gone g left join users u on u.org_id = ${p.org_id} and u.id = g.user_id
    join activities a on a.org_id = ${p.org_id} and a.id = g.conversation_id
    join users w on w.org_id = ${p.org_id} and w.id = a.user_id`,
);

/** Deletes messages. The session of a conversation that stays may change: it is found by the day on which that began. */
export async function removeMessages(work: UndoWork, lines: readonly Line[]): Promise<void> {
  const { tx, dirty } = work;
  const conversations = lines.map(({ conversation_id }) => conversation_id!).sort();
  const gone = await tx.query(
    removedMessages({
      org_id: tx.org_id,
      conversation_ids: lines.map(({ conversation_id }) => conversation_id),
      ids: lines.map(({ id }) => id),
      first: conversations[0]!,
      last: conversations.at(-1)!,
    }),
  );
  for (const { n, at, owner_n, began } of gone) {
    dirty.mark(n ?? 0, at);
    dirty.mark(owner_n, began);
  }
  await moveBack(work, { ns: gone.flatMap(({ n, owner_n }) => [n ?? 0, owner_n]), twins: [] });
}

const activitiesToRemove = statement(
  "imports.activities_to_remove",
  rowParams,
  {
    n: "int",
    twin_id: "uuid",
    started_at: "timestamptz",
    session_id: "uuid?",
    details: only<(string | null)[]>("timestamptz[]"),
  },
  (p) => sql`
    select u.n, a.twin_id, a.started_at, case when a.session_named then a.session_id end as session_id,
      array[d.created_at, q.created_at, x.created_at] as details
    from (select * from activities where ${within(p)}) a join users u on u.org_id = ${p.org_id} and u.id = a.user_id
    left join lateral (select created_at from documents where org_id = ${p.org_id} and activity_id = a.id limit 1) d on true
    left join lateral (select created_at from queries where org_id = ${p.org_id} and activity_id = a.id limit 1) q on true
    left join lateral (select created_at from shared_twin_interactions where org_id = ${p.org_id} and activity_id = a.id limit 1) x on true`,
);

const deleteActivities = statement(
  "imports.delete_activities",
  rowParams,
  {},
  (p) => sql`delete from activities where ${within(p)}`,
);

/** Deletes activities with their details and marks the days that they counted on. */
export async function removeActivities(work: UndoWork, lines: readonly Line[]): Promise<void> {
  const { tx, dirty } = work;
  const ids = idsOf(lines);
  const gone = await tx.query(activitiesToRemove(rowsOf(work, ids)));
  for (const { n, started_at, details, session_id } of gone) {
    dirty.mark(n, started_at, ...details);
    if (session_id !== null) markHeld(work, n, session_id, started_at);
  }
  await tx.query(deleteActivities(rowsOf(work, ids)));
  await forgetNames(tx, ids);
  await moveBack(work, { ns: gone.map(({ n }) => n), twins: gone.map(({ twin_id }) => twin_id) });
}

/** A session without an end reaches to the last activity that names it. */
function markHeld({ dirty }: UndoWork, n: number, session_id: string, at: string): void {
  const [from, to] = [new Date(timeOf(session_id)).toISOString(), at].sort() as [string, string];
  dirty.markSpan(n, from, to);
}

function removeRows(table: string, at: string, until: string) {
  const removed = statement(
    `imports.remove_${table}`,
    rowParams,
    { id: "uuid", n: "int", at: "timestamptz", until: "timestamptz?" },
    (p) => sql`
      with gone as (
        delete from ${sql.raw(table)} where ${within(p)}
        returning id, user_id, ${sql.raw(at)} as at, ${sql.raw(until)} as until
      )
      select g.id, u.n, g.at, g.until from gone g join users u on u.org_id = ${p.org_id} and u.id = g.user_id`,
  );
  return async (work: UndoWork, lines: readonly Line[]): Promise<void> => {
    const { tx, dirty } = work;
    const ids = idsOf(lines);
    const gone = await tx.query(removed(rowsOf(work, ids)));
    for (const { n, at: from, until: to } of gone) dirty.markSpan(n, from, to ?? from);
    await forgetNames(tx, ids);
    await moveBack(work, { ns: gone.map(({ n }) => n), twins: [] });
  };
}

export const removeSessions = removeRows("sessions", "started_at", "ended_at");
export const removeFeatures = removeRows("feature_events", "used_at", "used_at");
