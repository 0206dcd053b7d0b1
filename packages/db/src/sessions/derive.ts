import type { Tx } from "../actor.ts";
import { derivedSessions } from "./derived.ts";
import { columnsOf, widenWindows, type Window } from "./windows.ts";

/** Something that the derivation changed: whose, and the event time of the session or activity. */
export type DerivedChange = { user_id: string; at: string; changed: "session" | "activity" };

const store = `
  with ${derivedSessions},
  removed as (
    delete from sessions s using stored o
    where s.org_id = $1 and s.id = o.id and not exists (select from derived d where d.id = o.id)
    returning s.user_id, s.started_at
  ),
  changed as (
    update sessions s set ended_at = d.ended_at, interaction_count = d.interaction_count
    from derived d
    where s.org_id = $1 and s.id = d.id and not d.is_final
      and (s.ended_at, s.interaction_count) is distinct from (d.ended_at, d.interaction_count)
    returning s.user_id, s.started_at
  ),
  created as (
    insert into sessions (org_id, id, user_id, twin_id, platform, started_at, ended_at, interaction_count, is_derived)
    select $1, d.id, d.user_id, d.twin_id, d.platform, d.started_at, d.ended_at, d.interaction_count, true
    from derived d
    where not d.is_final and not exists (select from stored o where o.id = d.id)
    order by d.id
    returning user_id, started_at
  ),
  moved as (
    update activities a set session_id = n.session_id
    from assigned n
    where a.org_id = $1 and a.id = n.activity_id and not a.session_named and n.stored_id is distinct from n.session_id
    returning a.user_id, a.started_at
  )
  select user_id, started_at as at, 'session' as changed from removed
  union all select user_id, started_at, 'session' from changed
  union all select user_id, started_at, 'session' from created
  union all select user_id, started_at, 'activity' from moved`;

/**
 * Derives the sessions of some people's stretches of time from their moments and stores what differs: semantics,
 * "Active users and sessions". The caller holds the organisation's rollup lock, taken in a statement of its own.
 * @param sealed the sealed interval; a session that begins in it stays as it is
 * @returns whose sessions and activities changed, and when those began: their days must be computed anew
 */
export async function deriveSessions(
  tx: Tx,
  windows: readonly Window[],
  sealed: { from: string | null; before: string | null },
): Promise<DerivedChange[]> {
  if (windows.length === 0) return [];
  const complete = await widenWindows(tx, windows);
  return tx.query<DerivedChange>({
    name: "derive_sessions",
    text: store,
    values: [tx.org_id, ...columnsOf(complete), sealed.from, sealed.before],
  });
}
