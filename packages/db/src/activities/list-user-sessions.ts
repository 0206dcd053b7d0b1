import type { UserSessionsAnswer, UserSessionsInput } from "@twin/contracts/users";
import { isId } from "@twin/contracts/wire";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";
import { DomainError } from "../tenancy/errors.ts";
import { readCalendar } from "../tenancy/calendar/local-days.ts";
import { readSessions } from "./session-items.ts";
import { seeUser } from "../people/users/find.ts";

const userSessions = statement(
  "activities.user_sessions",
  { org_id: "int", user_id: "uuid", before: "uuid?", limit: "int" },
  { id: "uuid" },
  (p) => sql`
    select s.id from sessions s
    where s.org_id = ${p.org_id} and s.user_id = ${p.user_id} and (${p.before} is null or s.id < ${p.before}) order by s.id desc limit ${p.limit}`,
);

/**
 * A person's sessions, newest first, those of days whose rows were purged left out.
 * @throws NOT_FOUND; BAD_REQUEST for a cursor that isn't ours
 */
export async function listUserSessions(
  db: Database,
  actor: Actor,
  { user_id, limit, cursor }: UserSessionsInput,
  now: Date,
): Promise<UserSessionsAnswer> {
  if (cursor !== undefined && !isId(cursor))
    throw new DomainError("BAD_REQUEST", "must be next_cursor of an earlier answer", { path: "cursor" });
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const { id } = await seeUser(tx, actor, user_id);
    const rows = await tx.query(
      userSessions({ org_id: tx.org_id, user_id: id, before: cursor ?? null, limit: limit + 1 }),
    );
    const ids = rows.slice(0, limit).map((row) => row.id);
    return {
      timezone: time_zone,
      sessions: await readSessions(tx, actor, ids),
      next_cursor: rows.length > limit ? ids.at(-1)! : null,
    };
  });
}
