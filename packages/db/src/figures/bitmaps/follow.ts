import { bitsOf, bitmapChunkWidth, weekAndMonthOf } from "./define.ts";

const empty = `B'0'::bit(${bitmapChunkWidth})`;

/** Which sets the people of facts and uses belong to on their days. */
const members = (facts: string, uses: string, isNow: boolean) => `
  select k.kind, d.day, d.n, ${isNow} as is_now
  from ${facts} d cross join lateral (values ('active'), ('active:' || d.platform)) k (kind) where d.sessions > 0 and d.n > 0
  union all
  select 'used:' || feature_name, day, n, ${isNow} from ${uses} where n > 0`;

/**
 * Updates the sets of active people and of users of features after facts changed, from `was` and `used_before` to `fresh`
 * and `used`. Bits of other people aren't touched, so the cost follows the number of changes. A person who was added was
 * active in the week and month, too; where one was removed (`bits_left`), weeks and months must be computed again from
 * their days.
 */
export const followingBits = `
  bits as materialized (
    select kind, day, n / ${bitmapChunkWidth} as lane, coalesce(${bitsOf("n")} filter (where is_now), ${empty}) as bits,
      coalesce(${bitsOf("n")} filter (where not is_now), ${empty}) as before
    from (${members("fresh", "used", true)} union all ${members("was", "used_before", false)}) m
    group by 1, 2, 3
  ),
  bits_after as materialized (
    select b.kind, b.day, b.lane, d.bits as was, coalesce(d.bits & ~b.before, ${empty}) | b.bits as bits
    from bits b left join lateral (
      select bits from day_users d where d.org_id = $1 and d.kind = b.kind and d.day = b.day and d.lane = b.lane offset 0
    ) d on true
    where b.bits <> b.before
  ),
  bits_removed as (
    delete from day_users d using bits_after a
    where d.org_id = $1 and d.kind = a.kind and d.day = a.day and d.lane = a.lane and a.bits = ${empty}
  ),
  bits_stored as (
    insert into day_users as d (org_id, kind, day, lane, bits)
    select $1, kind, day, lane, bits from bits_after where bits <> ${empty} and bits is distinct from was order by kind, day, lane
    on conflict (org_id, kind, day, lane) do update set bits = excluded.bits
  ),
  bits_active as materialized (
    select day, lane, coalesce(was, ${empty}) as was, bits from bits_after where kind = 'active'
  ),
  bits_come as (
    insert into active_periods as d (org_id, period, start_date, lane, bits)
    select $1, p.period, p.start_date, a.lane, bit_or(a.bits & ~a.was)
    from bits_active a cross join lateral (${weekAndMonthOf("a.day")}) p
    where a.bits & ~a.was <> ${empty} group by 2, 3, 4 order by 2, 3, 4
    on conflict (org_id, period, start_date, lane) do update set bits = d.bits | excluded.bits
    where d.bits & excluded.bits <> excluded.bits
  ),
  bits_left as (select day, lane from bits_active where was & ~bits <> ${empty})`;
