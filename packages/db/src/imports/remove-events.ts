import { forgetNames } from "../records/ingest/references.ts";
import { timeOf } from "../postgres/uuid-time.ts";
import { moveBack } from "./beginnings.ts";
import type { Line, Work } from "./part.ts";

// What happened, taken back with the days that it counted in. Bounds of ids keep statements out of other months.

const values = ({ tx }: Work, ids: string[]) => [tx.org_id, ids, ids[0], ids.at(-1)];
const within = (column: string) =>
  `org_id = $1 and ${column} = any ($2::uuid[]) and ${column} >= $3::uuid and ${column} <= $4::uuid`;
const idsOf = (lines: readonly Line[]) => lines.map(({ id }) => id).sort();

type Message = {
  at: string;
  n: number | null;
  owner_n: number;
  began: string;
};

/** The session of a conversation that stays may be another one now: it is found by the day on which that began. */
export async function removeMessages(work: Work, lines: readonly Line[]): Promise<void> {
  const { tx, dirty } = work;
  const conversations = lines.map(({ conversation_id }) => conversation_id!).sort();
  const gone = await tx.query<Message>({
    name: "undo_messages",
    text: `with gone as (
        delete from messages m using unnest($2::uuid[], $3::uuid[]) s (conversation_id, id)
        where m.org_id = $1 and m.conversation_id = s.conversation_id and m.id = s.id
          and m.conversation_id >= $4::uuid and m.conversation_id <= $5::uuid
        returning m.conversation_id, m.user_id, m.created_at
      )
      select g.created_at as at, u.n, w.n as owner_n, a.started_at as began
      from gone g left join users u on u.org_id = $1 and u.id = g.user_id
      join activities a on a.org_id = $1 and a.id = g.conversation_id join users w on w.org_id = $1 and w.id = a.user_id`,
    values: [
      tx.org_id,
      lines.map(({ conversation_id }) => conversation_id),
      lines.map(({ id }) => id),
      conversations[0],
      conversations.at(-1),
    ],
  });
  for (const { n, at, owner_n, began } of gone) {
    dirty.mark(n ?? 0, at);
    dirty.mark(owner_n, began);
  }
  await moveBack(work, { ns: gone.flatMap(({ n, owner_n }) => [n ?? 0, owner_n]), twins: [] });
}

type Activity = {
  n: number;
  twin_id: string;
  started_at: string;
  details: (string | null)[];
  session_id: string | null;
};

export async function removeActivities(work: Work, lines: readonly Line[]): Promise<void> {
  const { tx, dirty } = work;
  const ids = idsOf(lines);
  const gone = await tx.query<Activity>({
    name: "undo_read_activities",
    text: `select u.n, a.twin_id, a.started_at, case when a.session_named then a.session_id end as session_id,
        array[d.created_at, q.created_at, x.created_at] as details
      from (select * from activities where ${within("id")}) a join users u on u.org_id = $1 and u.id = a.user_id
      left join lateral (select created_at from documents where org_id = $1 and activity_id = a.id limit 1) d on true
      left join lateral (select created_at from queries where org_id = $1 and activity_id = a.id limit 1) q on true
      left join lateral (select created_at from shared_twin_interactions where org_id = $1 and activity_id = a.id limit 1) x on true`,
    values: values(work, ids),
  });
  for (const { n, started_at, details, session_id } of gone) {
    dirty.mark(n, started_at, ...details);
    if (session_id !== null) markHeld(work, n, session_id, started_at);
  }
  await tx.query({
    name: "undo_activities",
    text: `delete from activities where ${within("id")}`,
    values: values(work, ids),
  });
  await forgetNames(tx, ids);
  await moveBack(work, { ns: gone.map(({ n }) => n), twins: gone.map(({ twin_id }) => twin_id) });
}

/** A session without an end reaches to the last activity that names it. */
function markHeld({ dirty }: Work, n: number, session_id: string, at: string): void {
  const [from, to] = [new Date(timeOf(session_id)).toISOString(), at].sort() as [string, string];
  dirty.markSpan(n, from, to);
}

type Event = { id: string; n: number; at: string; until: string | null };

const removeRows = (table: string, at: string, until: string) => async (work: Work, lines: readonly Line[]) => {
  const { tx, dirty } = work;
  const ids = idsOf(lines);
  const gone = await tx.query<Event>({
    name: `undo_${table}`,
    text: `with gone as (delete from ${table} where ${within("id")} returning id, user_id, ${at} as at, ${until} as until)
      select g.id, u.n, g.at, g.until from gone g join users u on u.org_id = $1 and u.id = g.user_id`,
    values: values(work, ids),
  });
  for (const { n, at: from, until: to } of gone) dirty.markSpan(n, from, to ?? from);
  await forgetNames(tx, ids);
  await moveBack(work, { ns: gone.map(({ n }) => n), twins: [] });
};

export const removeSessions = removeRows("sessions", "started_at", "ended_at");
export const removeFeatures = removeRows("feature_events", "used_at", "used_at");
