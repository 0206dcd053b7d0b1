import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";

/** Months that are made before they are needed. */
const monthsAhead = 3;

/** Makes the partitions of this month and the coming ones, each in a transaction of its own. @returns how many were missing */
export async function ensureMonthsAhead(db: Database, actor: Actor, now: Date): Promise<number> {
  let made = 0;
  for (let ahead = 0; ahead <= monthsAhead; ahead++) {
    const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + ahead, 1)).toISOString().slice(0, 10);
    const [ensured] = await inTenant(db, actor, (tx) =>
      tx.query<{ made: boolean }>({
        name: "ensure_month",
        text: "select ensure_month($1::date) as made",
        values: [month],
      }),
    );
    if (ensured!.made) made++;
  }
  return made;
}
