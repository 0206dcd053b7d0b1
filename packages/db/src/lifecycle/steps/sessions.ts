import type { Tx } from "../../tenancy/actor.ts";
import { reachOfOrganization } from "../../tenancy/calendar/reach.ts";
import type { Tables } from "../../policies/day-counts.ts";
import { addToReceipt } from "../../policies/receipt.ts";
import { type Step } from "../step.ts";
import { inPurge, type Purge } from "../../policies/purge.ts";

/** Sessions that one transaction deletes at most. */
const atOnce = 5_000;

/**
 * Sessions that may go, after the id `$6`, the oldest first: begun in [$2, $3) and over, with what was named in
 * them, before the derivation's sight begins ($4); nobody's who is held ($5).
 */
const dueSessions = `
  select s.id, pg_column_size(s.*) as bytes
  from sessions s cross join ${reachOfOrganization}
  where s.org_id = $1 and s.id >= greatest(uuid_floor($2), $6::uuid) and s.id < uuid_floor($3) and s.id <> $6::uuid
    and s.user_id <> all ($5::uuid[]) and coalesce(s.ended_at, s.started_at) < $4::timestamptz
    and not (s.started_at + o.reach >= $4::timestamptz and exists (
      select from activities a where a.org_id = $1 and a.session_id = s.id and a.session_named
        and a.id >= uuid_floor($4) and a.id < uuid_floor(s.started_at + o.reach + interval '1 millisecond')
    ))`;

type Batch = { rows: number; last: string | null };

const nil = "00000000-0000-0000-0000-000000000000";

/** Deletes sessions older than the policy, and the names that senders gave them. Their facts stay, and nothing that was computed from them changes. */
export const sessions: Step = {
  data_type: "sessions",
  async plan(tx, { due, holds }) {
    const [planned] = await tx.query<{
      sessions: number;
      bytes: number;
      first_day: string | null;
      last_day: string | null;
    }>({
      name: "plan_sessions",
      text: `select count(d.id)::int as sessions, coalesce(sum(d.bytes), 0)::bigint as bytes,
          day_of(uuid_time(min(d.id::text)::uuid), day_rule_of(z)) as first_day,
          day_of(uuid_time(max(d.id::text)::uuid), day_rule_of(z)) as last_day
        from organizations z left join (${dueSessions}) d on true where z.id = $1 group by z.id`,
      values: [tx.org_id, due.from, due.before, due.settled, holds.user_ids, nil],
    });
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
  const found = await tx.query<{ id: string; bytes: number }>({
    name: "due_sessions",
    text: `${dueSessions} order by s.id limit ${atOnce}`,
    values: [tx.org_id, due.from, due.before, due.settled, holds.user_ids, after],
  });
  if (found.length === 0) return { rows: 0, last: null };
  const ids = found.map(({ id }) => id);
  await tx.query({
    name: "delete_session_names",
    text: "delete from external_ids where org_id = $1 and kind = 'session' and id = any ($2::uuid[])",
    values: [tx.org_id, ids],
  });
  await tx.query({
    name: "purge_sessions",
    text: "delete from sessions where org_id = $1 and id = any ($2::uuid[])",
    values: [tx.org_id, ids],
  });
  const bytes = found.reduce((sum, session) => sum + session.bytes, 0);
  await addToReceipt(tx, "sessions", cut, { rows: { sessions: ids.length }, bytes }, now);
  return { rows: ids.length, last: ids.length < atOnce ? null : ids.at(-1)! };
}
