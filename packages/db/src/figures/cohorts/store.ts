import type { Tx } from "../../tenancy/actor.ts";
import { type BitmapChunk, bitmapChunkWidth } from "../bitmaps/define.ts";
import type { Gains, Pairs } from "../facts/store.ts";
import { retentionFromFacts } from "./define.ts";

const storeRetention = `
  with ${retentionFromFacts},
  removed as (
    delete from user_retention r using person p
    where r.org_id = $1 and r.n = p.n and not exists (select from retained x where x.n = p.n)
    returning r.n, r.cohort_date
  ),
  stored as (
    insert into user_retention as r (org_id, n, cohort_date, day_1_active, day_7_active, day_30_active, total_sessions, last_calculated_at)
    select $1, n, cohort_date, day_1_active, day_7_active, day_30_active, total_sessions, $4::timestamptz from retained order by n
    on conflict (org_id, n) do update set cohort_date = excluded.cohort_date, day_1_active = excluded.day_1_active,
      day_7_active = excluded.day_7_active, day_30_active = excluded.day_30_active,
      total_sessions = excluded.total_sessions, last_calculated_at = excluded.last_calculated_at
    where (r.cohort_date, r.day_1_active, r.day_7_active, r.day_30_active, r.total_sessions)
      is distinct from (excluded.cohort_date, excluded.day_1_active, excluded.day_7_active, excluded.day_30_active, excluded.total_sessions)
    returning r.n
  ),
  moved as (
    update users u set first_day = p.first_day from person p
    where u.org_id = $1 and u.id = p.user_id and u.first_day is distinct from p.first_day
    returning u.n, p.stored_first_day, p.first_day
  )
  select distinct day, n / ${bitmapChunkWidth} as lane from (
    select stored_first_day, n from moved union select first_day, n from moved union select cohort_date, n from removed
  ) m (day, n) where day is not null`;

/**
 * Brings first days and retention of people up to date with their facts.
 * @returns the chunks whose set of first days changed
 */
export async function storeRetentionOf(
  tx: Tx,
  ns: readonly number[],
  today: string,
  now: Date,
): Promise<BitmapChunk[]> {
  const people = ns.filter((n) => n > 0);
  if (people.length === 0) return [];
  return tx.query<BitmapChunk>({
    name: "store_retention",
    text: storeRetention,
    values: [tx.org_id, people, today, now.toISOString()],
  });
}

/**
 * Updates first days and retention after people's days were computed: anew for people whose first day, or day 1, 7 or 30
 * after it, may be one of the days, and for `people`; for all others only the sessions are added up.
 * @returns the chunks whose set of first days changed
 */
export async function storeRetentionAfter(
  tx: Tx,
  pairs: Pairs,
  gains: Gains,
  people: ReadonlySet<number>,
  today: string,
  now: Date,
): Promise<BitmapChunk[]> {
  const concerned = await tx.query<{ n: number }>({
    name: "retention_concerned",
    text: `select distinct p.n from unnest($2::int[], $3::date[]) p (n, day) left join users u on u.org_id = $1 and u.n = p.n
      where u.first_day is null or p.day <= u.first_day or p.day - u.first_day in (1, 7, 30)`,
    values: [tx.org_id, pairs.ns, pairs.days],
  });
  const anew = new Set([...people, ...concerned.map(({ n }) => n)]);
  const others = gains.ns.flatMap((n, i) => (anew.has(n) ? [] : [{ n, gained: gains.gained[i] }]));
  if (others.length > 0)
    await tx.query({
      name: "retention_sessions",
      text: `update user_retention r set total_sessions = r.total_sessions + g.gained, last_calculated_at = $4::timestamptz
        from unnest($2::int[], $3::int[]) g (n, gained) where r.org_id = $1 and r.n = g.n`,
      values: [tx.org_id, others.map(({ n }) => n), others.map(({ gained }) => gained), now.toISOString()],
    });
  return storeRetentionOf(tx, [...anew], today, now);
}
