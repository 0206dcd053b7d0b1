import type { Tx } from "../actor.ts";
import type { Pairs } from "./store-facts.ts";
import { bitsOf, kindsOfOrganization, type Lane, laneWidth } from "./store-people.ts";
import { periodsOf, storeActivePeriods } from "./store-sums.ts";

const empty = `B'0'::bit(${laneWidth})`;

/** What bitsets say of the people `$2` on the days `$3`: theirs are the bits of `mask`, and what holds of them is `fresh`. */
const bitsOfPairs = `
  pair as materialized (
    select n, day, n / ${laneWidth} as lane from unnest($2::int[], $3::date[]) p (n, day) where n > 0
  ),
  mask as materialized (select day, lane, ${bitsOf("n")} as bits from pair group by day, lane),
  fresh as materialized (
    select kind, day, lane, ${bitsOf("n")} as bits from (
      select k.kind, p.day, p.lane, p.n
      from pair p cross join lateral (
        select d.platform from user_days d where d.org_id = $1 and d.day = p.day and d.n = p.n and d.sessions > 0 offset 0
      ) d cross join lateral (values ('active'), ('active:' || d.platform)) k (kind)
      union all
      select 'used:' || f.feature_name, p.day, p.lane, p.n
      from pair p cross join lateral (
        select f.feature_name from feature_usage f where f.org_id = $1 and f.usage_date = p.day and f.n = p.n offset 0
      ) f
    ) b group by kind, day, lane
  )`;

const storeBits = `
  with ${kindsOfOrganization}, ${bitsOfPairs},
  before as materialized (
    select d.kind, d.day, d.lane, d.bits
    from mask m cross join kinds k cross join lateral (
      select * from day_users d where d.org_id = $1 and d.kind = k.kind and d.day = m.day and d.lane = m.lane offset 0
    ) d
    where k.kind <> 'first'
  ),
  after as materialized (
    select kind, day, lane, b.bits as was, coalesce(b.bits & ~m.bits, ${empty}) | coalesce(f.bits, ${empty}) as bits
    from before b full join fresh f using (kind, day, lane) join mask m using (day, lane)
  ),
  removed as (
    delete from day_users d using after a
    where d.org_id = $1 and d.kind = a.kind and d.day = a.day and d.lane = a.lane and a.bits = ${empty}
    returning d.lane
  ),
  stored as (
    insert into day_users as d (org_id, kind, day, lane, bits)
    select $1, kind, day, lane, bits from after where bits <> ${empty} and bits is distinct from was order by kind, day, lane
    on conflict (org_id, kind, day, lane) do update set bits = excluded.bits
    returning d.lane
  ),
  active as materialized (select day, lane, coalesce(was, ${empty}) as was, bits from after where kind = 'active'),
  come as (
    insert into active_periods as d (org_id, period, start_date, lane, bits)
    select $1, p.period, p.start_date, a.lane, bit_or(a.bits & ~a.was)
    from active a cross join lateral (${periodsOf("a.day")}) p
    where a.bits & ~a.was <> ${empty} group by 2, 3, 4 order by 2, 3, 4
    on conflict (org_id, period, start_date, lane) do update set bits = d.bits | excluded.bits
    where d.bits & excluded.bits <> excluded.bits
    returning d.lane
  )
  select day, lane from active where was & ~bits <> ${empty}`;

/**
 * Sets the bits of some people's days from their facts: who was active, who used what. Bits of others stay as they are, so
 * that the cost follows who has changed, not who was there. Whoever came was active in the week and month too; where
 * somebody left, those are put together anew from their days.
 */
export async function storeBitsOf(tx: Tx, pairs: Pairs): Promise<void> {
  if (pairs.ns.length === 0) return;
  const values = [tx.org_id, pairs.ns, pairs.days];
  const left = await tx.query<Lane>({ name: "store_bits_of", text: storeBits, values });
  await storeActivePeriods(tx, left);
}
