import { addDays } from "@twin/contracts/calendar";
import type { UserDetail, UserInput } from "@twin/contracts/users";
import { emailFor } from "../masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { seeUser, type UserRow } from "./find.ts";

const twinsShown = 20;

/**
 * One person with what they did in all, by figures that are kept for ever, and their twins.
 * @throws NOT_FOUND, also for another organisation's, and for a deleted one whom the caller may not see
 */
export function getUser(db: Database, actor: Actor, { user_id }: UserInput, now = new Date()): Promise<UserDetail> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const user = await seeUser(tx, actor, user_id);
    return {
      id: user.id,
      name: user.full_name,
      email: emailFor(actor, user.email)!,
      company: user.company,
      department: user.department,
      created_at: user.created_at,
      last_active_at: user.last_active_at,
      timezone: time_zone,
      state: user.state,
      first_day: user.first_day,
      totals: await readTotals(tx, user),
      twins: await readTwins(tx, user),
      twins_asked: await readTwinsAsked(tx, user, addDays(today, -364)),
    };
  });
}

async function readTotals(tx: Tx, { n }: UserRow): Promise<UserDetail["totals"]> {
  const [totals] = await tx.query<UserDetail["totals"]>({
    name: "user_totals",
    text: `select count(distinct day) filter (where sessions > 0)::int as active_days, coalesce(sum(sessions), 0)::int as sessions,
        coalesce(sum(conversations), 0)::int as conversations, coalesce(sum(queries), 0)::int as queries,
        coalesce(sum(documents), 0)::int as documents, coalesce(sum(shared_interactions), 0)::int as shared_interactions,
        coalesce(sum(user_messages), 0)::int as messages
      from user_days where org_id = $1 and n = $2`,
    values: [tx.org_id, n],
  });
  return totals!;
}

const readTwins = (tx: Tx, { id }: UserRow): Promise<UserDetail["twins"]> =>
  tx.query({
    name: "user_twins",
    text: `select t.id, t.name, t.is_shared, t.created_at, t.last_trained_at,
        (select count(*)::int from twin_installations i where i.org_id = $1 and i.twin_id = t.id and i.uninstalled_at is null) as installations
      from twins t where t.org_id = $1 and t.user_id = $2 order by t.created_at, t.id`,
    values: [tx.org_id, id],
  });

const readTwinsAsked = (tx: Tx, { id, n }: UserRow, from: string): Promise<UserDetail["twins_asked"]> =>
  tx.query({
    name: "user_twins_asked",
    text: `select t.id, t.name, t.user_id is not distinct from $3::uuid as is_own, f.activities
      from (
        select twin_id, sum(conversations + query_activities + document_activities + shared_activities)::int as activities
        from user_days where org_id = $1 and n = $2 and day >= $4::date group by twin_id
      ) f
      join twins t on t.org_id = $1 and t.id = f.twin_id
      where f.activities > 0 order by f.activities desc, t.id limit ${twinsShown}`,
    values: [tx.org_id, n, id, from],
  });
