import { addDays, addMonths, daysBetween, monthOf } from "@twin/contracts/calendar";
import type { BreakdownsAnswer } from "@twin/contracts/metrics";
import { type SQL, sql } from "drizzle-orm";
import type { Tx } from "../../tenancy/actor.ts";
import { daysOf, filteredFacts, type FigureFilter, ofDays } from "../filter/filter.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { asksAnything } from "../../people/filter.ts";
import { composed, type Places, statement } from "../../postgres/statement.ts";
import { activitiesOf } from "../../people/activities-of.ts";
import { planOnce } from "../lock.ts";

/** Most twins that the answer names. */
const named = sql.raw("5");

/** Up to this many days, reading all facts is faster than ruling twins out. */
const fewDays = 14;

/**
 * The busiest twins of a range, exactly. They are found by their activities, with all that equal the last one; those are
 * then ordered by name.
 */
export async function readBusiestTwins(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<BreakdownsAnswer["twins"]> {
  const days = daysOf(tx, range);
  const whole = !asksAnything(filter) && daysBetween(range.start_date, range.end_date) >= fewDays;
  if (!whole) return tx.query(busiestByFacts(days, filter));
  // Planning it anew for each range takes half as long as running it.
  await planOnce(tx);
  return tx.query(busiestByMonths({ ...days, ...wholeMonths(range) }));
}

const busiestRow = { id: "uuid", name: "text", activities: "int" } as const;

/** Names the busiest of `busiest`, which `parts` end with. */
const nameBusiest = (org_id: SQL, parts: SQL): SQL => sql`
    with ${parts},
    top as (
      select t.id, t.name, b.activities from (select * from busiest where activities > 0 order by activities desc offset 0) b
      cross join lateral (select t.id, t.name from twins t where t.org_id = ${org_id} and t.id = b.id offset 0) t
      order by b.activities desc fetch first ${named} rows with ties
    )
    select id, name, activities from top order by activities desc, name, id limit ${named}`;

const activities = sql.raw(activitiesOf("d"));

const busiestByFacts = composed("figures.busiest_twins_by_facts", ofDays, busiestRow, (p, filter: FigureFilter) =>
  nameBusiest(
    p.org_id,
    sql`
    busiest as (
      select d.twin_id as id, sum${activities}::int as activities from ${filteredFacts(filter, p)} group by d.twin_id
    )`,
  ),
);

const ofMonths = { ...ofDays, first_month: "date", after_months: "date" } as const;

/** What the twin of `of` did in the range: by its whole months, and facts before and after them. */
const inRange = (of: string, p: Places<typeof ofMonths>): SQL => {
  const twin_id = sql.raw(`${of}.twin_id`);
  return sql`
    cross join lateral (
      select coalesce(sum(a.activities), 0)::int as activities from (
        select t.activities from twin_months t
        where t.org_id = ${p.org_id} and t.twin_id = ${twin_id} and t.month >= ${p.first_month} and t.month < ${p.after_months}
        union all
        select ${activities} from user_days d where d.org_id = ${p.org_id} and d.twin_id = ${twin_id} and d.day >= ${p.from} and d.day < ${p.first_month}
        union all
        select ${activities} from user_days d where d.org_id = ${p.org_id} and d.twin_id = ${twin_id} and d.day >= ${p.after_months} and d.day <= ${p.to}
      ) a (activities) offset 0
    ) s`;
};

/** The whole months of a range, by their first day and the day after them; without one, both are the range's start. */
function wholeMonths({ start_date, end_date }: DayRange): { first_month: string; after_months: string } {
  const first = monthOf(start_date);
  const from = first === start_date ? first : addMonths(first, 1);
  const to = monthOf(addDays(end_date, 1));
  return from < to ? { first_month: from, after_months: to } : { first_month: start_date, after_months: start_date };
}

const sqlMonthOf = (day: SQL): SQL => sql`date_trunc('month', ${day}::timestamp)::date`;

/**
 * Finds them without reading everyone's facts. The busiest twins of each month, counted in the range, give a lower bound
 * for the last place. A twin that reaches it reaches an equal part of it in one of the months that the range touches; only
 * those few are counted. Deleted twins have no name, so they set no bound.
 */
const busiestByMonths = statement("figures.busiest_twins", ofMonths, busiestRow, (p) =>
  nameBusiest(
    p.org_id,
    sql`
    month as materialized (
      select m::date as month from generate_series(${sqlMonthOf(p.from)}::timestamp, ${p.to}, interval '1 month') m
    ),
    leader as materialized (
      select distinct l.twin_id from month m cross join lateral (
        select t.twin_id from twin_months t where t.org_id = ${p.org_id} and t.month = m.month order by t.activities desc limit 2 * ${named}
      ) l
    ),
    bar as materialized (
      select case when count(*) < ${named} then 0 else min(activities) end as activities from (
        select s.activities from leader l join twins k on k.org_id = ${p.org_id} and k.id = l.twin_id ${inRange("l", p)}
        order by s.activities desc limit ${named}
      ) b
    ),
    busy as materialized (
      select distinct b.twin_id from month m cross join lateral (
        select t.twin_id from twin_months t where t.org_id = ${p.org_id} and t.month = m.month
          and t.activities >= (select ceil(b.activities::float8 / (select count(*) from month))::int from bar b) offset 0
      ) b
    ),
    likely as materialized (
      select b.twin_id from busy b cross join lateral (
        select sum(t.activities) as activities from twin_months t
        where t.org_id = ${p.org_id} and t.twin_id = b.twin_id and t.month >= ${sqlMonthOf(p.from)} and t.month <= ${p.to} offset 0
      ) m where m.activities >= (select activities from bar)
    ),
    busiest as (select l.twin_id as id, s.activities from likely l ${inRange("l", p)})`,
  ),
);
