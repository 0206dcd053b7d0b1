import { bucketsOf } from "@twin/contracts/calendar";
import type { FirstUseAnswer, FirstUseInput } from "@twin/contracts/features";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { asksForUse, readFilter } from "../filter/filter.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { noBits, periodOf } from "../../tenancy/calendar/periods.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";
import { underFilter } from "../filter/under-filter.ts";
import { leftOut } from "./uses.ts";
import { type Places, type RowOf, statement } from "../../postgres/statement.ts";
import { filtered } from "../filter/filtered.ts";
import { kindsOf } from "../filter/kinds.ts";

const ofBuckets = { org_id: "int", starts: "date[]", last: "date" } as const;

/**
 * Sets are united by bucket, of which `starts` are the first days, then with all earlier ones: who used a feature by the
 * end of a bucket.
 */
const firstUses = (p: Places<typeof ofBuckets>): SQL => sql`
  with ${kindsOf(p.org_id)},
  kind as materialized (
    select kind, case when kind like 'used:%' then substr(kind, 6) else '' end as feature_name
    from kinds where kind = 'active' or kind like 'used:%'
  ),
  bucket as materialized (
    select k.feature_name, ${periodOf("d.day", p.starts)} as at, d.lane, bit_or(d.bits) as bits
    from kind k join day_users d on d.org_id = ${p.org_id} and d.kind = k.kind and d.day <= ${p.last} group by 1, 2, 3
  ),
  so_far as materialized (
    select l.feature_name, l.lane, t.at, coalesce(bit_or(b.bits) over (partition by l.feature_name, l.lane order by t.at), ${noBits}) as bits
    from (select distinct feature_name, lane from bucket) l
    cross join generate_series(-1, cardinality(${p.starts}) - 1) t (at)
    left join bucket b on b.feature_name = l.feature_name and b.lane = l.lane and b.at = t.at
  )
  select u.feature_name, u.at, sum(bit_count(u.bits))::int as users, sum(coalesce(bit_count(u.bits & k.bits), 0))::int as adopters
  from so_far u left join so_far k on k.feature_name = '' and k.lane = u.lane and k.at = u.at
  group by 1, 2`;

/** Counts of a feature ("" for all who were ever active), by bucket; the bucket before the first holds all that was earlier. */
const row = { feature_name: "text", at: "int", users: "int", adopters: "int" } as const;
type Row = RowOf<typeof row>;

const usersSoFar = filtered("figures.first_use", ofBuckets, row, (p, filter) =>
  underFilter(filter, p.org_id, firstUses(p)),
);

/**
 * Who used each feature for the first time, by bucket, and which share of all who were ever active has used it by then.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readFirstUse(db: Database, actor: Actor, input: FirstUseInput, now: Date): Promise<FirstUseAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const { start_date, end_date } = rangeOf(input, today, time_zone);
    const buckets = bucketsOf(start_date, end_date, input.interval, today);
    const { filter, not_applied } = await readFilter(tx, actor, input, "features.firstUse");
    const starts = buckets.map((bucket) => bucket.start_date);
    const rows = await tx.query(usersSoFar({ org_id: tx.org_id, starts, last: end_date }, filter));
    const left = asksForUse(filter) ? leftOut(input, await listFeatures(tx)) : [];
    const found = new Map<string, Map<number, Row>>();
    for (const row of rows) {
      const byPlace = found.get(row.feature_name) ?? new Map<number, Row>();
      found.set(row.feature_name, byPlace.set(row.at, row));
    }
    const known = buckets.map((_, at) => found.get("")?.get(at)?.users ?? 0);
    // Under a filter a feature may have no user.
    const features = [...found].filter(([name, byPlace]) => name !== "" && byPlace.get(buckets.length - 1)!.users > 0);
    return {
      timezone: time_zone,
      not_applied: [...not_applied, ...left],
      today,
      buckets: buckets.map((bucket, at) => ({ ...bucket, known: known[at]! })),
      features: features
        .map(([feature_name, byPlace]) => {
          const users = buckets.map((_, at) => byPlace.get(at)!.users);
          return {
            feature_name,
            first_uses: users.map((value, at) => value - byPlace.get(at - 1)!.users),
            users,
            adoption: known.map((all, at) => (all === 0 ? null : byPlace.get(at)!.adopters / all)),
          };
        })
        .sort((a, b) => b.users.at(-1)! - a.users.at(-1)! || (a.feature_name < b.feature_name ? -1 : 1)),
    };
  });
}

const everUsed = statement(
  "figures.features_ever_used",
  { org_id: "int" },
  { name: "text" },
  (p) => sql`
    with ${kindsOf(p.org_id)} select substr(kind, 6) as name from kinds where kind like 'used:%' order by 1`,
);

const listFeatures = async (tx: Tx): Promise<string[]> =>
  (await tx.query(everUsed({ org_id: tx.org_id }))).map(({ name }) => name);
