import { addDays } from "@twin/contracts/calendar";
import { policyKinds } from "@twin/contracts/policies";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

/** Attempts at a month while somebody reads it; then it waits for the next run. */
const tries = 4;

const monthsBefore = statement(
  "records.months_before",
  { month: "text" },
  { month: "text" },
  (p) => sql`
    select distinct replace(right(c.relname, 7), '_', '-') as month
    from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
    where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
      and replace(right(c.relname, 7), '_', '-') < ${p.month}
    order by 1`,
  { plan: "each" },
);

const dropMonthOf = statement(
  "records.drop_month",
  { day: "date" },
  { dropped: "text[]" },
  (p) => sql`
    select drop_month(${p.day}) as dropped`,
  { plan: "each" },
);

/**
 * Drops the partitions of past months that are empty for every organisation, one month a transaction. Months that no policy
 * can reach yet are left alone, and so are those that are being read all the time.
 * @returns names of dropped partitions
 */
export async function dropEmptyMonths(db: Database, actor: Actor, now: Date): Promise<string[]> {
  const reached = addDays(now.toISOString().slice(0, 10), -policyKinds.sessions.least.count).slice(0, 7);
  const months = await inTenant(db, actor, (tx) => tx.query(monthsBefore({ month: reached })));
  const dropped: string[] = [];
  for (const { month } of months) dropped.push(...(await dropMonth(db, actor, `${month}-01`)));
  return dropped;
}

async function dropMonth(db: Database, actor: Actor, day: string): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      const [row] = await inTenant(db, actor, (tx) => tx.query(dropMonthOf({ day })));
      return row!.dropped;
    } catch (error) {
      if (!isLocked(error)) throw error;
      if (attempt === tries) return [];
    }
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt * (1 + Math.random())));
  }
}

const isLocked = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "55P03";
