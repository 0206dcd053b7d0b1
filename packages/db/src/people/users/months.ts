import { addMonths, monthOf } from "@twin/contracts/calendar";
import type { UserInput, UserMonthsAnswer } from "@twin/contracts/users";
import { limits } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { statement } from "../../postgres/statement.ts";
import type { Database } from "../../postgres/connect.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { seeUser } from "./find.ts";

const userMonths = statement(
  "people.user_months",
  { org_id: "int", n: "int" },
  { month: "date", session_count: "int", activity_count: "int", avg_duration: "float8?" },
  (p) => sql`
    select month, session_count, activity_count, duration_sum::float8 / nullif(duration_n, 0) as avg_duration
    from monthly_user_stats where org_id = ${p.org_id} and n = ${p.n}
    order by month desc limit ${sql.raw(String(limits.buckets))}`,
);

/**
 * Monthly stats of a person, the newest month first, from figures that are kept for ever.
 * @throws NOT_FOUND
 */
export function listUserMonths(
  db: Database,
  actor: Actor,
  { user_id }: UserInput,
  now: Date,
): Promise<UserMonthsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const { n } = await seeUser(tx, actor, user_id);
    const rows = await tx.query(userMonths({ org_id: tx.org_id, n }));
    const byMonth = new Map(rows.map((row) => [row.month, row]));
    const months: UserMonthsAnswer["months"] = [];
    const first = rows.at(-1)?.month;
    const newest = rows[0]?.month ?? monthOf(today);
    for (let month = newest; first && month >= first && months.length < limits.buckets; month = addMonths(month, -1))
      months.push(byMonth.get(month) ?? { month, session_count: 0, activity_count: 0, avg_duration: null });
    return { timezone: time_zone, today, months };
  });
}
