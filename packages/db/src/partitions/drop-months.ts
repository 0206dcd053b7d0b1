import { addDays } from "@twin/contracts/calendar";
import { keepBounds } from "@twin/contracts/vocabulary";
import { type Actor, inTenant } from "../actor.ts";
import type { Database } from "../connect.ts";

/**
 * Drops the partitions of past months that are empty for every organisation, a month a transaction. Months that no policy
 * can reach yet are left alone.
 * @returns names of partitions that went
 */
export async function dropEmptyMonths(db: Database, actor: Actor, now: Date): Promise<string[]> {
  const reached = addDays(now.toISOString().slice(0, 10), -keepBounds.sessions.least.count).slice(0, 7);
  const months = await inTenant(db, actor, (tx) =>
    tx.query<{ month: string }>({
      text: `select distinct replace(right(c.relname, 7), '_', '-') as month
        from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
        where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace and c.relname ~ '_[0-9]{4}_[0-9]{2}$'
          and replace(right(c.relname, 7), '_', '-') < $1
        order by 1`,
      values: [reached],
    }),
  );
  const dropped: string[] = [];
  for (const { month } of months) {
    const [row] = await inTenant(db, actor, (tx) =>
      tx.query<{ dropped: string[] }>({ text: "select drop_month($1::date) as dropped", values: [`${month}-01`] }),
    );
    dropped.push(...row!.dropped);
  }
  return dropped;
}
