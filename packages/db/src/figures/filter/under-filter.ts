import { type SQL, sql } from "drizzle-orm";
import { usesOfFacts } from "../features/uses.ts";
import { asksForPeople, asksForUse, onFacts, type FigureFilter } from "./filter.ts";
import { noBits } from "../../tenancy/calendar/periods.ts";
import { nobodyPasses, passes } from "../../people/attributes.ts";
import { bitsOf, bitmapChunkWidth } from "../bitmaps/define.ts";

/**
 * A query for sets of people under a filter: it reads `day_users` and `active_periods` as usual, and finds the filtered
 * sets there. People are filtered by cutting the stored sets. With platforms, active people are the union of the platforms'
 * sets. With a twin, active people and users of features are read from facts: sets of two kinds of activity are never cut
 * with each other, because people who did each of them separately would count. Recorded features, and sets of weeks and
 * months, know no platform and no twin, so there are none under those filters.
 */
export function underFilter(filter: FigureFilter, org_id: SQL, query: SQL): SQL {
  if (!asksForPeople(filter) && !asksForUse(filter)) return query;
  const parts = asksForUse(filter) ? ofUse(filter, org_id) : ofPeople(filter, org_id);
  return sql`with ${parts} select * from (${query}) under_filter`;
}

const lane = (n: string): SQL => sql.raw(`${n} / ${bitmapChunkWidth}`);

function ofPeople(filter: FigureFilter, org_id: SQL): SQL {
  const asked = passes("u", filter);
  // People without a row pass all together or not at all: so either those who don't pass are looked up, or those who do.
  const [test, join, bits] = nobodyPasses(filter)
    ? [sql`(${asked}) is not true`, sql`left join`, sql`d.bits & ~coalesce(s.bits, ${noBits})`]
    : [asked, sql`join`, sql`d.bits & s.bits`];
  const cut = (table: string, columns: string) => sql`${sql.raw(table)} as not materialized (
    select ${sql.raw(columns)}, ${bits} as bits from ${sql.raw(`public.${table}`)} d ${join} segment s on s.lane = d.lane
  )`;
  return sql`segment as materialized (
      select ${lane("u.n")} as lane, ${sql.raw(bitsOf("u.n"))} as bits from users u where u.org_id = ${org_id} and ${test} group by 1
    ),
    ${cut("day_users", "d.org_id, d.kind, d.day, d.lane")},
    ${cut("active_periods", "d.org_id, d.period, d.start_date, d.lane")}`;
}

function ofUse(filter: FigureFilter, org_id: SQL): SQL {
  const facts = (counted: string) => sql`
    select d.day, ${lane("d.n")} as lane, ${sql.raw(bitsOf("d.n"))} as bits
    from user_days d where d.org_id = ${org_id} and d.n > 0 and ${sql.raw(counted)} > 0${onFacts(filter, org_id)} group by 1, 2`;
  const stored = filter.twin.of === null && filter.twin.not === null && !asksForPeople(filter);
  const active = stored
    ? sql`select day, lane, bit_or(bits) as bits from public.day_users
       where org_id = ${org_id} and kind = any (${sql.param(filter.kinds)}::text[]) group by 1, 2`
    : facts("d.sessions");
  const kind = (name: string, sets: SQL) =>
    sql`select ${org_id} as org_id, ${sql.raw(`'${name}'`)} as kind, s.day, s.lane, s.bits from (${sets}) s`;
  const first = sql`
    select day, lane, bits & ~coalesce(bit_or(bits) over (
      partition by lane order by day rows between unbounded preceding and 1 preceding
    ), ${noBits}) as bits from active`;
  const kinds = [
    kind("active", sql`select * from active`),
    kind("first", first),
    ...Object.entries(usesOfFacts).map(([feature, counted]) => kind(`used:${feature}`, facts(counted))),
  ];
  return sql`active as not materialized (${active}),
    day_users as not materialized (
      ${sql.join(kinds, sql`\nunion all\n`)}
    ),
    active_periods as not materialized (
      select org_id, period, start_date, lane, bits from public.active_periods where false
    )`;
}
