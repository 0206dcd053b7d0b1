import { sql } from "drizzle-orm";
import { usesOfFacts } from "../features/uses.ts";
import { asksForPeople, asksForUse, onFacts, type FigureFilter } from "./filter.ts";
import { noBits } from "../../tenancy/calendar/periods.ts";
import { textOf } from "../../postgres/statement.ts";
import { nobodyPasses, passes } from "../../people/attributes.ts";
import { bitsOf, laneWidth } from "../bitmaps/define.ts";

/**
 * A statement about sets of people of the organisation `$1`, as it is under a filter: it goes on to read `day_users` and
 * `active_periods`, and finds in them who passes. What is asked of people is cut out of the stored sets. Where platforms are
 * asked for, who was active is the union of their sets; with a twin, who was is read from facts, and so is who used a
 * feature: two kinds of activity are never cut with each other, as that would count people who did each apart. Features
 * that senders record, and sets of weeks and months, know no platform and no twin, so there are none under them.
 * @param values what the statement takes; the filter's values are added
 */
export function underFilter(filter: FigureFilter, text: string, values: unknown[]): string {
  if (!asksForPeople(filter) && !asksForUse(filter)) return text;
  const parts = asksForUse(filter) ? ofUse(filter, values) : ofPeople(filter, values);
  return `with ${parts} select * from (${text}) under_filter`;
}

function ofPeople(filter: FigureFilter, values: unknown[]): string {
  const asked = textOf(passes("u", filter), values);
  // Whoever has no row passes or doesn't: then those who don't, or who do, are looked up.
  const [test, join, bits] = nobodyPasses(filter)
    ? [`(${asked}) is not true`, "left join", `d.bits & ~coalesce(s.bits, ${noBits})`]
    : [asked, "join", "d.bits & s.bits"];
  const cut = (table: string, columns: string) => `${table} as not materialized (
    select ${columns}, ${bits} as bits from public.${table} d ${join} segment s on s.lane = d.lane
  )`;
  return `segment as materialized (
      select u.n / ${laneWidth} as lane, ${bitsOf("u.n")} as bits from users u where u.org_id = $1 and ${test} group by 1
    ),
    ${cut("day_users", "d.org_id, d.kind, d.day, d.lane")},
    ${cut("active_periods", "d.org_id, d.period, d.start_date, d.lane")}`;
}

function ofUse(filter: FigureFilter, values: unknown[]): string {
  const facts = (counted: string) => `
    select d.day, d.n / ${laneWidth} as lane, ${bitsOf("d.n")} as bits
    from user_days d where d.org_id = $1 and d.n > 0 and ${counted} > 0${onFacts(filter, values)} group by 1, 2`;
  const stored = filter.twin.of === null && filter.twin.not === null && !asksForPeople(filter);
  const active = stored
    ? `select day, lane, bit_or(bits) as bits from public.day_users
       where org_id = $1 and kind = ${textOf(sql`any (${sql.param(filter.kinds)}::text[])`, values)} group by 1, 2`
    : facts("d.sessions");
  const kind = (name: string, sets: string) =>
    `select $1::int as org_id, '${name}' as kind, s.day, s.lane, s.bits from (${sets}) s`;
  const first = `
    select day, lane, bits & ~coalesce(bit_or(bits) over (
      partition by lane order by day rows between unbounded preceding and 1 preceding
    ), ${noBits}) as bits from active`;
  return `active as not materialized (${active}),
    day_users as not materialized (
      ${[
        kind("active", "select * from active"),
        kind("first", first),
        ...Object.entries(usesOfFacts).map(([feature, counted]) => kind(`used:${feature}`, facts(counted))),
      ].join("\nunion all\n")}
    ),
    active_periods as not materialized (
      select org_id, period, start_date, lane, bits from public.active_periods where false
    )`;
}
