import type { StoredSum } from "../sums/define.ts";

/** A bitmap chunk: the bits of 2,048 people on a day. Sets are stored and computed chunk by chunk. */
export type BitmapChunk = { day: string; lane: number };

/** People in one bitmap chunk. */
export const bitmapChunkWidth = 2048;

/** The set of numbers `n` of one chunk, as an aggregate over rows. */
export const bitsOf = (n: string): string =>
  `bit_or(set_bit(B'0'::bit(${bitmapChunkWidth}), ${n} % ${bitmapChunkWidth}, 1))`;

const slice = (n: string) =>
  `${n} >= l.lane * ${bitmapChunkWidth} and ${n} < (l.lane + 1) * ${bitmapChunkWidth} and ${n} > 0`;

/**
 * Erased people stay in the sets of sealed days as numbers without a person, also in that of their first day: otherwise
 * they would count as people who came back.
 */
const sealedNewcomersWhoLeft = `
  select 'first', l.day, l.lane, e.n
  from lane l join organizations o on o.id = $1
  join day_users d on d.org_id = $1 and d.kind = 'first' and d.day = l.day and d.lane = l.lane
  cross join lateral (select l.lane * ${bitmapChunkWidth} + bit as n from generate_series(0, ${bitmapChunkWidth - 1}) bit where get_bit(d.bits, bit) = 1) e
  where $4 and is_sealed(l.day, o)
    and not exists (select from users u where u.org_id = $1 and u.n = e.n)`;

/**
 * Bitmaps of the days `$2` and chunks `$3`, from facts, as `fresh`: kind, day, lane, bits. `$4`: first days too, or only
 * them.
 */
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

/** The week and the month that a day lies in: period, start_date. */
export const weekAndMonthOf = (day: string): string =>
  `select period, date_trunc(period, ${day}::timestamp)::date as start_date from (values ('week'), ('month')) p (period)`;

/** Who was active in the weeks and months that the days `$2` lie in, chunk by chunk (`$3[i]` on `$2[i]`). */
export const storedActivePeriods: StoredSum = {
  table: "active_periods",
  key: ["period", "start_date", "lane"],
  columns: ["bits"],
  with: `asked as materialized (
      select distinct p.period, p.start_date, t.lane
      from unnest($2::date[], $3::int[]) t (day, lane) cross join lateral (${weekAndMonthOf("t.day")}) p
    ),
    fresh as materialized (
      select a.period, a.start_date, a.lane, bit_or(d.bits) as bits
      from asked a cross join generate_series(0, 30) later
      cross join lateral (
        select d.bits from day_users d
        where d.org_id = $1 and d.kind = 'active' and d.day = a.start_date + later and d.lane = a.lane offset 0
      ) d
      where a.start_date + later < a.start_date + ('1 ' || a.period)::interval
      group by 1, 2, 3
    )`,
  within: "exists (select from asked a where (a.period, a.start_date, a.lane) = (d.period, d.start_date, d.lane))",
};
