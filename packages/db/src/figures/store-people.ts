import type { Tx } from "../tenancy/actor.ts";
import { boundIds } from "../tenancy/calendar/reach.ts";
import type { Gains, Pairs } from "./facts/store.ts";
import { storeActivePeriods } from "./sums/store.ts";

/** A slice of 2,048 people on a day; bitsets are stored and computed by it. */
export type Lane = { day: string; lane: number };

/** People in one lane of a bitset. */
export const laneWidth = 2048;

/** The set of numbers `n` of one lane, as an aggregate over rows. */
export const bitsOf = (n: string): string => `bit_or(set_bit(B'0'::bit(${laneWidth}), ${n} % ${laneWidth}, 1))`;

/** The retention row of people `n` as it should be, by their facts: docs/METRICS.md, "Retention"; `$3` is today. */
export const retentionFromFacts = `
  person as materialized (
    select p.n, u.id as user_id, u.first_day as stored_first_day, (
      select d.day from user_days d where d.org_id = $1 and d.n = p.n and d.sessions > 0 order by d.day limit 1
    ) as first_day
    from unnest($2::int[]) p (n) left join users u on u.org_id = $1 and u.n = p.n
  ),
  retained as materialized (
    select p.n, p.first_day as cohort_date,
      ${[1, 7, 30]
        .map(
          (days) => `case when p.first_day + ${days} < $3::date then exists (
        select from user_days d where d.org_id = $1 and d.n = p.n and d.day = p.first_day + ${days} and d.sessions > 0
      ) end as day_${days}_active`,
        )
        .join(", ")},
      (select sum(d.sessions)::int from user_days d where d.org_id = $1 and d.n = p.n) as total_sessions
    from person p where p.user_id is not null and p.first_day is not null
  )`;

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
  select distinct day, n / ${laneWidth} as lane from (
    select stored_first_day, n from moved union select first_day, n from moved union select cohort_date, n from removed
  ) m (day, n) where day is not null`;

/**
 * Brings first days and retention of people up to date with their facts.
 * @returns the lanes whose set of first days changed
 */
export async function storeRetentionOf(tx: Tx, ns: readonly number[], today: string, now: Date): Promise<Lane[]> {
  const people = ns.filter((n) => n > 0);
  if (people.length === 0) return [];
  return tx.query<Lane>({
    name: "store_retention",
    text: storeRetention,
    values: [tx.org_id, people, today, now.toISOString()],
  });
}

/**
 * Brings first days and retention up to date after people's days were computed: anew of those to whose first day, or day
 * 1, 7 or 30 after it, one of the days may matter, and of `people`; of all others the sessions are added up.
 * @returns the lanes whose set of first days changed
 */
export async function storeRetentionAfter(
  tx: Tx,
  pairs: Pairs,
  gains: Gains,
  people: ReadonlySet<number>,
  today: string,
  now: Date,
): Promise<Lane[]> {
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

const slice = (n: string) => `${n} >= l.lane * ${laneWidth} and ${n} < (l.lane + 1) * ${laneWidth} and ${n} > 0`;

/**
 * Whoever was erased stays in the sets of sealed days as a number without a person: in that of their first day too, or
 * they would look like somebody who came back.
 */
const sealedNewcomersWhoLeft = `
  select 'first', l.day, l.lane, e.n
  from lane l join organizations o on o.id = $1
  join day_users d on d.org_id = $1 and d.kind = 'first' and d.day = l.day and d.lane = l.lane
  cross join lateral (select l.lane * ${laneWidth} + bit as n from generate_series(0, ${laneWidth - 1}) bit where get_bit(d.bits, bit) = 1) e
  where $4 and is_sealed(l.day, o)
    and not exists (select from users u where u.org_id = $1 and u.n = e.n)`;

/** Bitsets of the days `$2` and lanes `$3`, from facts, as `fresh`: kind, day, lane, bits. `$4`: first days too, or only them. */
export const bitsFromFacts = `
  lane as materialized (select day, lane from unnest($2::date[], $3::int[]) l (day, lane)),
  fresh as materialized (
    select kind, day, lane, ${bitsOf("n")} as bits from (
      select k.kind, l.day, l.lane, d.n
      from lane l join user_days d on d.org_id = $1 and d.day = l.day and ${slice("d.n")}
      cross join lateral (values ('active'), ('active:' || d.platform)) k (kind)
      where d.sessions > 0 and not $4
      union all
      select 'used:' || f.feature_name, l.day, l.lane, f.n
      from lane l join feature_usage f on f.org_id = $1 and f.usage_date = l.day and ${slice("f.n")}
      where not $4
      union all
      select 'first', l.day, l.lane, u.n
      from lane l join users u on u.org_id = $1 and u.first_day = l.day and ${slice("u.n")}
      where $4
      union all
      ${sealedNewcomersWhoLeft}
    ) b group by kind, day, lane
  )`;

/** The kinds that an organisation has, found by skipping along the key. */
export const kindsOfOrganization = `
  recursive kinds as (
    (select kind from public.day_users where org_id = $1 order by kind limit 1)
    union all
    select (select d.kind from public.day_users d where d.org_id = $1 and d.kind > k.kind order by d.kind limit 1)
    from kinds k where k.kind is not null
  )`;

const storeBits = `
  with ${kindsOfOrganization}, ${bitsFromFacts},
  removed as (
    delete from day_users d using lane l, kinds k
    where d.org_id = $1 and d.kind = k.kind and d.day = l.day and d.lane = l.lane and (k.kind = 'first') = $4
      and not exists (select from fresh f where (f.kind, f.day, f.lane) = (d.kind, d.day, d.lane))
    returning d.lane
  ),
  stored as (
    insert into day_users as d (org_id, kind, day, lane, bits)
    select $1, kind, day, lane, bits from fresh order by kind, day, lane
    on conflict (org_id, kind, day, lane) do update set bits = excluded.bits where d.bits <> excluded.bits
    returning d.lane
  )
  select (select count(*) from removed) + (select count(*) from stored) as rows`;

/** Computes the bitsets of some lanes from facts: who was active, who used what; `first`: whose first day it was. */
export async function storeLanes(tx: Tx, lanes: readonly Lane[], first: boolean): Promise<void> {
  const distinct = [...new Map(lanes.map((lane) => [`${lane.day} ${lane.lane}`, lane])).values()];
  if (distinct.length === 0) return;
  await tx.query({
    name: "store_bits",
    text: storeBits,
    values: [tx.org_id, distinct.map((lane) => lane.day), distinct.map((lane) => lane.lane), first],
  });
  if (!first) await storeActivePeriods(tx, distinct);
}

/** All lanes of some days. */
export async function everyLane(tx: Tx, days: readonly string[]): Promise<Lane[]> {
  if (days.length === 0) return [];
  return tx.query<Lane>({
    name: "every_lane",
    text: `select day, lane from unnest($2::date[]) d (day)
      cross join generate_series(0, (select coalesce(max(n), 0) from users where org_id = $1) / ${laneWidth}) l (lane)`,
    values: [tx.org_id, days],
  });
}

/**
 * Monthly stats of people `$2` in months `$3`, by the rule `$4`, with ids from `$5` to `$6`, from raw activities, as `fresh`; as
 * docs/METRICS.md says, "Monthly stats". Months of which activities may be gone are left out: they keep what they had when sealed.
 */
export const monthsFromRaw = `
  asked as materialized (
    select p.n, p.month, u.id as user_id, uuid_floor(start_of(p.month, $4)) as lo_id,
      uuid_floor(start_of((p.month + interval '1 month')::date, $4)) as hi_id
    from unnest($2::int[], $3::date[]) p (n, month) join organizations o on o.id = $1 left join users u on u.org_id = $1 and u.n = p.n
    where not coalesce(
      o.sealed_from < start_of((p.month + interval '1 month')::date, $4) and o.purged_before > start_of(p.month, $4), false)
  ),
  fresh as materialized (
    select p.n, p.month, a.* from asked p cross join lateral (
      select count(distinct a.session_id)::int as session_count, count(*)::int as activity_count,
        coalesce(sum(a.duration_seconds), 0)::bigint as duration_sum, count(a.duration_seconds)::int as duration_n
      from activities a where a.org_id = $1 and a.user_id = p.user_id and a.id >= p.lo_id and a.id < p.hi_id
        and a.id >= $5::uuid and a.id < $6::uuid
    ) a where a.activity_count > 0
  )`;

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
 * @returns how many rows that was: so many `mv_monthly_user_stats` is behind by
 */
export async function storePersonMonths(tx: Tx, ns: number[], months: string[], dayRule: string): Promise<number> {
  if (ns.length === 0) return 0;
  const values = [tx.org_id, ns, months, dayRule, ...(await boundIds(tx, months, 31))];
  const [stored] = await tx.query<{ rows: number }>({ name: "store_months", text: storeMonths, values });
  return stored!.rows;
}
