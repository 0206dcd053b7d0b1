import type { SessionItem } from "@twin/contracts/sessions";
import { sql } from "drizzle-orm";
import { emailFor } from "../people/masking.ts";
import type { Actor, Tx } from "../tenancy/actor.ts";
import { statement } from "../postgres/statement.ts";

const sessionItems = statement(
  "activities.session_items",
  { org_id: "int", ids: "uuid[]" },
  {
    id: "uuid",
    user_id: "uuid?",
    user_name: "text",
    email: "text?",
    twin_id: "uuid?",
    twin_name: "text?",
    platform: "text",
    device_type: "text?",
    started_at: "timestamptz",
    ended_at: "timestamptz?",
    duration_seconds: "int?",
    is_derived: "boolean",
    interaction_count: "int",
    activities: "int",
    first_activity_at: "timestamptz?",
    last_activity_at: "timestamptz?",
  },
  (p) => sql`
    with page as materialized (
      select p.place, s.* from unnest(${p.ids}) with ordinality p (id, place) join sessions s on s.org_id = ${p.org_id} and s.id = p.id
    ), bound as (
      select uuid_floor(greatest(min(p.started_at) - o.reach, timestamptz 'epoch')) as lo, uuid_floor(max(p.started_at) + o.reach + interval '1 millisecond') as hi
      from page p cross join (select make_interval(hours => 24 * reach_days) as reach from organizations where id = ${p.org_id}) o group by o.reach
    ), done as (
      select a.session_id, count(*)::int as activities, min(a.started_at) as first_activity_at, max(a.started_at) as last_activity_at
      from bound b join activities a on a.org_id = ${p.org_id} and a.id >= b.lo and a.id < b.hi and a.session_id = any (${p.ids})
      group by a.session_id
    )
    select p.id, u.id as user_id, coalesce(u.full_name, 'Deleted user') as user_name, u.email, p.twin_id, t.name as twin_name,
      p.platform, p.device_type, p.started_at, p.ended_at, p.duration_seconds, p.is_derived, p.interaction_count,
      coalesce(d.activities, 0) as activities, d.first_activity_at, d.last_activity_at
    from page p
    left join users u on u.org_id = ${p.org_id} and u.id = p.user_id and u.deleted_at is null
    left join twins t on t.org_id = ${p.org_id} and t.id = p.twin_id
    left join done d on d.session_id = p.id
    order by p.place`,
);

/**
 * The sessions of a page in the order of `ids`, each with its activities. These lie no further from its start than the
 * organisation's reach, so not every month is searched.
 */
export async function readSessions(tx: Tx, actor: Actor, ids: readonly string[]): Promise<SessionItem[]> {
  if (ids.length === 0) return [];
  const rows = await tx.query(sessionItems({ org_id: tx.org_id, ids }));
  return rows.map(({ email, ...session }) => ({ ...session, user_email: emailFor(actor, email) }));
}
