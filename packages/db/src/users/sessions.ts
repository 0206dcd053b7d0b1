import type { UserSessionsAnswer, UserSessionsInput } from "@twin/contracts/users";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";
import { DomainError } from "../errors.ts";
import { readCalendar } from "../metrics/local-days.ts";
import { seeUser } from "./find.ts";

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A person's sessions, newest first, those of days whose rows were purged left out.
 * @throws NOT_FOUND; BAD_REQUEST for a cursor that isn't ours
 */
export async function listUserSessions(
  db: Database,
  actor: Actor,
  { user_id, limit, cursor }: UserSessionsInput,
  now = new Date(),
): Promise<UserSessionsAnswer> {
  if (cursor !== undefined && !uuid.test(cursor))
    throw new DomainError("BAD_REQUEST", "must be next_cursor of an earlier answer", { path: "cursor" });
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const { id } = await seeUser(tx, actor, user_id);
    const rows = await tx.query<UserSessionsAnswer["sessions"][number]>({
      name: "user_sessions",
      text: `with page as materialized (
          select s.* from sessions s
          where s.org_id = $1 and s.user_id = $2 and ($3::uuid is null or s.id < $3) order by s.id desc limit $4::int
        )
        select p.id, p.started_at, p.ended_at, p.duration_seconds, p.platform, p.device_type, p.interaction_count, p.is_derived,
          p.twin_id, t.name as twin_name
        from page p left join twins t on t.org_id = $1 and t.id = p.twin_id order by p.id desc`,
      values: [tx.org_id, id, cursor ?? null, limit + 1],
    });
    const sessions = rows.slice(0, limit);
    return {
      timezone: time_zone,
      sessions,
      next_cursor: rows.length > limit ? sessions.at(-1)!.id : null,
    };
  });
}
