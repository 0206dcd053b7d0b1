import { addMonths } from "@twin/contracts/calendar";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

/** Months that are made before they are needed. */
const monthsAhead = 3;

const ensureMonth = statement(
  "records.ensure_month",
  { month: "date" },
  { made: "boolean" },
  (p) => sql`
    select ensure_month(${p.month}) as made`,
);

/** Makes the partitions of this month and the coming ones, each in a transaction of its own. @returns how many were missing */
export async function ensureMonthsAhead(db: Database, actor: Actor, now: Date): Promise<number> {
  let made = 0;
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const month = addMonths(now.toISOString(), ahead);
    const [ensured] = await inTenant(db, actor, (tx) => tx.query(ensureMonth({ month })));
    if (ensured!.made) made++;
  }
  return made;
}
