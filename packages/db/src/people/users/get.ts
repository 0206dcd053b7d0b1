import { activitiesOf } from "../activities-of.ts";
import { addDays } from "@twin/contracts/calendar";
import type { UserDetail, UserInput } from "@twin/contracts/users";
import { sql } from "drizzle-orm";
import { emailFor } from "../masking.ts";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { seeUser, type UserRow } from "./find.ts";

const twinsShown = 20;

/**
 * One person with what they did in all, by figures that are kept for ever, and their twins.
 * @throws NOT_FOUND, also for another organisation's, and for a deleted one whom the caller may not see
 */
export function getUser(db: Database, actor: Actor, { user_id }: UserInput, now: Date): Promise<UserDetail> {
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

const userTotals = statement(
  "people.user_totals",
  { org_id: "int", n: "int" },
  {
    active_days: "int",
    sessions: "int",
    conversations: "int",
    queries: "int",
    documents: "int",
    shared_interactions: "int",
    messages: "int",
  },
  (p) => sql`
    select count(distinct day) filter (where sessions > 0)::int as active_days, coalesce(sum(sessions), 0)::int as sessions,
      coalesce(sum(conversations), 0)::int as conversations, coalesce(sum(queries), 0)::int as queries,
      coalesce(sum(documents), 0)::int as documents, coalesce(sum(shared_interactions), 0)::int as shared_interactions,
      coalesce(sum(user_messages), 0)::int as messages
    from user_days where org_id = ${p.org_id} and n = ${p.n}`,
);

async function readTotals(tx: Tx, { n }: UserRow): Promise<UserDetail["totals"]> {
  const [totals] = await tx.query(userTotals({ org_id: tx.org_id, n }));
  return totals!;
}

const userTwins = statement(
  "people.user_twins",
  { org_id: "int", user_id: "uuid" },
  {
    id: "uuid",
    name: "text",
    is_shared: "boolean",
    created_at: "timestamptz",
    last_trained_at: "timestamptz?",
    installations: "int",
  },
  (p) => sql`
    select t.id, t.name, t.is_shared, t.created_at, t.last_trained_at, (
        select count(*)::int from twin_installations i
        where i.org_id = ${p.org_id} and i.twin_id = t.id and i.uninstalled_at is null
      ) as installations
    from twins t where t.org_id = ${p.org_id} and t.user_id = ${p.user_id} order by t.created_at, t.id`,
);

const readTwins = (tx: Tx, { id }: UserRow): Promise<UserDetail["twins"]> =>
  tx.query(userTwins({ org_id: tx.org_id, user_id: id }));

const userTwinsAsked = statement(
  "people.user_twins_asked",
  { org_id: "int", user_id: "uuid", n: "int", from: "date" },
  { id: "uuid", name: "text", is_own: "boolean", activities: "int" },
  (p) => sql`
    select t.id, t.name, t.user_id is not distinct from ${p.user_id} as is_own, f.activities
    from (
      select twin_id, sum(${sql.raw(activitiesOf("user_days"))})::int as activities
      from user_days where org_id = ${p.org_id} and n = ${p.n} and day >= ${p.from} group by twin_id
    ) f
    join twins t on t.org_id = ${p.org_id} and t.id = f.twin_id
    where f.activities > 0 order by f.activities desc, t.id limit ${sql.raw(String(twinsShown))}`,
);

const readTwinsAsked = (tx: Tx, { id, n }: UserRow, from: string): Promise<UserDetail["twins_asked"]> =>
  tx.query(userTwinsAsked({ org_id: tx.org_id, user_id: id, n, from }));
