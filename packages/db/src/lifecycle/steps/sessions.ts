import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { reachOf } from "../../tenancy/calendar/reach.ts";
import type { Tables } from "../../policies/day-counts.ts";
import { addToReport } from "../../policies/report.ts";
import { type Step } from "../step.ts";
import { inPurge, type Purge } from "../../policies/purge.ts";
import { statement } from "../../postgres/statement.ts";

/** Sessions that one transaction deletes at most. */
const atOnce = 5_000;

const dueParams = {
  org_id: "int",
  from: "timestamptz",
  before: "timestamptz",
  settled: "timestamptz",
  held_ids: "uuid[]",
  after: "uuid",
} as const;

/**
 * Sessions that may be deleted, after the id `after`, the oldest first: begun in [from, before), and over, with all
 * activities that name them, before `settled`, from when on sessions are still derived; not those of people whom a hold
 * keeps.
 */
const dueSessions = (p: Record<keyof typeof dueParams, SQL>): SQL => sql`
    select s.id, pg_column_size(s.*) as bytes
    from sessions s cross join ${reachOf(p.org_id)}
    where s.org_id = ${p.org_id} and s.id >= greatest(uuid_floor(${p.from}), ${p.after}) and s.id < uuid_floor(${p.before}) and s.id <> ${p.after}
      and s.user_id <> all (${p.held_ids}) and coalesce(s.ended_at, s.started_at) < ${p.settled}
      and not (s.started_at + o.reach >= ${p.settled} and exists (
        select from activities a where a.org_id = ${p.org_id} and a.session_id = s.id and a.session_named
          and a.id >= uuid_floor(${p.settled}) and a.id < uuid_floor(s.started_at + o.reach + interval '1 millisecond')
      ))`;

const plannedSessions = statement(
  "lifecycle.planned_sessions",
  dueParams,
  { sessions: "int", bytes: "bigint", first_day: "date?", last_day: "date?" },
  (p) => sql`
    select count(d.id)::int as sessions, coalesce(sum(d.bytes), 0)::bigint as bytes,
      day_of(uuid_time(min(d.id::text)::uuid), day_rule_of(z)) as first_day,
      day_of(uuid_time(max(d.id::text)::uuid), day_rule_of(z)) as last_day
    from organizations z left join (${dueSessions(p)}) d on true where z.id = ${p.org_id} group by z.id`,
);

const nextSessions = statement(
  "lifecycle.next_sessions",
  dueParams,
  { id: "uuid", bytes: "int" },
  (p) => sql`${dueSessions(p)} order by s.id limit ${sql.raw(String(atOnce))}`,
);

const deleteNames = statement(
  "lifecycle.delete_session_names",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) => sql`delete from external_ids where org_id = ${p.org_id} and kind = 'session' and id = any (${p.ids})`,
);

const deleteSessions = statement(
  "lifecycle.delete_sessions",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) => sql`delete from sessions where org_id = ${p.org_id} and id = any (${p.ids})`,
);

type Batch = { rows: number; last: string | null };

const nil = "00000000-0000-0000-0000-000000000000";

/**
 * Deletes sessions older than the policy, and the ids that senders gave them. Their facts stay, and nothing that was
 * computed from them changes.
 */
export const sessionsStep: Step = {
  data_type: "sessions",
  async plan(tx, { due, holds }) {
    const [planned] = await tx.query(
      plannedSessions({ org_id: tx.org_id, ...due, held_ids: holds.user_ids, after: nil }),
    );
    const { sessions: rows, bytes, first_day, last_day } = planned!;
    const tables: Tables = rows === 0 ? {} : { sessions: rows };
    return { tables, bytes, first_day, last_day };
  },
  async run(db, actor, { now, signal, reached }) {
    for (let after: string | null = nil; after !== null;) {
      if (signal.aborted) return { status: "stopped" };
      const from: string = after;
      const batch: Batch | null = await inPurge(db, actor, "sessions", now, async (tx, purge) => {
        const gone = await deleteBatch(tx, purge, from, now);
        await reached("sessions:deleted");
        return gone;
      });
      await reached("sessions:committed");
      after = batch && batch.last;
    }
    return { status: "done" };
  },
};

async function deleteBatch(tx: Tx, { cut, due, holds }: Purge, after: string, now: Date): Promise<Batch> {
  const found = await tx.query(nextSessions({ org_id: tx.org_id, ...due, held_ids: holds.user_ids, after }));
  if (found.length === 0) return { rows: 0, last: null };
  const ids = found.map(({ id }) => id);
  await tx.query(deleteNames({ org_id: tx.org_id, ids }));
  await tx.query(deleteSessions({ org_id: tx.org_id, ids }));
  const bytes = found.reduce((sum, session) => sum + session.bytes, 0);
  await addToReport(tx, "sessions", cut, { rows: { sessions: ids.length }, bytes }, now);
  return { rows: ids.length, last: ids.length < atOnce ? null : ids.at(-1)! };
}
