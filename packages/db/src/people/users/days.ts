import { activitiesOf } from "../activities-of.ts";
import { addDays, daysBetween } from "@twin/contracts/calendar";
import type { UserDaysAnswer, UserDaysInput } from "@twin/contracts/users";
import { sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";
import { seeUser } from "./find.ts";

/** Days of the range where none is given: a year. */
const usualDays = 365;

const userCalendar = statement(
  "people.user_calendar",
  { org_id: "int", n: "int", start_date: "date", end_date: "date" },
  { date: "date", sessions: "int", messages: "int", activities: "int" },
  (p) => sql`
    select day as date, sum(sessions)::int as sessions, sum(user_messages)::int as messages,
      sum(${sql.raw(activitiesOf("user_days"))})::int as activities
    from user_days where org_id = ${p.org_id} and n = ${p.n} and day >= ${p.start_date} and day <= ${p.end_date} group by day`,
);

/**
 * What a person did on each day of the range, from figures that are kept for ever.
 * @throws NOT_FOUND; BAD_REQUEST naming the field, for days in the future
 */
export function listUserDays(
  db: Database,
  actor: Actor,
  { user_id, ...asked }: UserDaysInput,
  now: Date,
): Promise<UserDaysAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const { n } = await seeUser(tx, actor, user_id);
    const { start_date, end_date } = rangeOf(
      asked.start_date ? asked : { start_date: addDays(today, 1 - usualDays), end_date: today },
      today,
      time_zone,
    );
    const rows = await tx.query(userCalendar({ org_id: tx.org_id, n, start_date, end_date }));
    const byDate = new Map(rows.map((row) => [row.date, row]));
    const days = Array.from({ length: daysBetween(start_date, end_date) }, (_, index) => {
      const date = addDays(start_date, index);
      return byDate.get(date) ?? { date, sessions: 0, activities: 0, messages: 0 };
    });
    return { timezone: time_zone, days };
  });
}
