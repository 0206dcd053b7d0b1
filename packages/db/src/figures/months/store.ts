import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { store } from "../sums/store.ts";
import { monthsFromRaw, storedTwinMonths } from "./define.ts";

const storeMonths = `
  with ${monthsFromRaw},
  removed as (
    delete from monthly_user_stats m using asked p
    where m.org_id = $1 and m.n = p.n and m.month = p.month
      and not exists (select from fresh f where f.n = p.n and f.month = p.month)
    returning m.n
  ),
  stored as (
    insert into monthly_user_stats as m (org_id, n, month, session_count, activity_count, duration_sum, duration_n)
    select $1, n, month, session_count, activity_count, duration_sum, duration_n from fresh order by n, month
    on conflict (org_id, n, month) do update set session_count = excluded.session_count,
      activity_count = excluded.activity_count, duration_sum = excluded.duration_sum, duration_n = excluded.duration_n
    where (m.session_count, m.activity_count, m.duration_sum, m.duration_n)
      is distinct from (excluded.session_count, excluded.activity_count, excluded.duration_sum, excluded.duration_n)
    returning m.n
  )
  select (select count(*) from removed)::int + (select count(*) from stored)::int as rows`;

/**
 * Computes monthly stats of people's months (the 1st of each) from raw activities and writes what differs.
 * @returns how many rows were written, which `mv_monthly_user_stats` doesn't show yet
 */
export async function storePersonMonths(tx: Tx, ns: number[], months: string[], dayRule: string): Promise<number> {
  if (ns.length === 0) return 0;
  const values = [tx.org_id, ns, months, dayRule, ...(await boundIds(tx, months, 31))];
  const [stored] = await tx.query<{ rows: number }>({ name: "store_months", text: storeMonths, values });
  return stored!.rows;
}

const storeTwins = store(storedTwinMonths);

/** Computes the months of twins, `ids[i]` in the month that begins on `months[i]`, from facts and writes what differs. */
export async function storeTwinMonths(tx: Tx, ids: readonly string[], months: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query({ ...storeTwins, values: [tx.org_id, ids, months] });
}

/** Deletes months of twins without facts. */
export async function dropIdleTwinMonths(tx: Tx, months: readonly string[]): Promise<void> {
  await tx.query({
    name: "drop_idle_twin_months",
    text: `delete from twin_months t where t.org_id = $1 and t.month = any ($2::date[]) and not exists (
        select from user_days d where d.org_id = $1 and d.twin_id = t.twin_id
          and d.day >= t.month and d.day < (t.month + interval '1 month')::date
      )`,
    values: [tx.org_id, months],
  });
}
