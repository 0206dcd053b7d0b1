import { addDays, bucketOf, daysBetween, nextBucket } from "@twin/contracts/calendar";
import type { BreakdownsAnswer } from "@twin/contracts/metrics";
import type { Tx } from "../../tenancy/actor.ts";
import { filteredFacts, type FigureFilter } from "../filter/filter.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { asksAnything } from "../../people/filter.ts";
import { activitiesOf } from "../../people/activities-of.ts";
import { monthOf } from "../months/define.ts";
import { planOnce } from "../lock.ts";

/** Most twins that the answer names. */
const named = 5;

/** Facts of fewer days are read faster one by one than twins are ruled out. */
const fewDays = 14;

/**
 * The busiest twins of a range, exact. They are found before they are named, with all that are as busy as the last of
 * them, as names decide then.
 */
export async function readBusiestTwins(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<BreakdownsAnswer["twins"]> {
  const whole = !asksAnything(filter) && daysBetween(range.start_date, range.end_date) >= fewDays;
  // To plan it for each range takes half as long as to run it.
  if (whole) await planOnce(tx);
  const values: unknown[] = [tx.org_id, range.start_date, range.end_date];
  if (whole) values.push(...wholeMonths(range));
  return tx.query({
    ...(whole ? { name: "busiest_twins" } : {}),
    text: `with ${whole ? busiestByMonths : busiestByFacts(filter, values)},
      top as (
        select t.id, t.name, b.activities from (select * from busiest where activities > 0 order by activities desc offset 0) b
        cross join lateral (select t.id, t.name from twins t where t.org_id = $1 and t.id = b.id offset 0) t
        order by b.activities desc fetch first ${named} rows with ties
      )
      select id, name, activities from top order by activities desc, name, id limit ${named}`,
    values,
  });
}

const busiestByFacts = (filter: FigureFilter, values: unknown[]) => `
  busiest as (
    select d.twin_id as id, sum${activitiesOf("d")}::int as activities from ${filteredFacts(filter, values)} group by d.twin_id
  )`;

/** What the twin of `of` did in the range: by its whole months, which go from `$4` to the day before `$5`, and facts before and after. */
const inRange = (of: string) => `
  cross join lateral (
    select coalesce(sum(a.activities), 0)::int as activities from (
      select t.activities from twin_months t
      where t.org_id = $1 and t.twin_id = ${of}.twin_id and t.month >= $4::date and t.month < $5::date
      union all
      select ${activitiesOf("d")} from user_days d where d.org_id = $1 and d.twin_id = ${of}.twin_id and d.day >= $2::date and d.day < $4::date
      union all
      select ${activitiesOf("d")} from user_days d where d.org_id = $1 and d.twin_id = ${of}.twin_id and d.day >= $5::date and d.day <= $3::date
    ) a (activities) offset 0
  ) s`;

/** The whole months of a range, by their first day and the day after them; both its start where it has none. */
function wholeMonths({ start_date, end_date }: DayRange): [string, string] {
  const first = bucketOf(start_date, "month");
  const from = first === start_date ? first : nextBucket(first, "month");
  const to = bucketOf(addDays(end_date, 1), "month");
  return from < to ? [from, to] : [start_date, start_date];
}

/**
 * Without reading everyone's facts: the busiest of each month, counted in the range, say how many activities the last
 * one named has at least. Whoever has as many has an equal part of it in one of the months that the range touches, and
 * as many in all of them; only those few are counted. Twins that are gone have no name, so they set no bar.
 */
const busiestByMonths = `
  month as materialized (
    select m::date as month from generate_series(${monthOf("$2::date")}::timestamp, $3::date, interval '1 month') m
  ),
  leader as materialized (
    select distinct l.twin_id from month m cross join lateral (
      select t.twin_id from twin_months t where t.org_id = $1 and t.month = m.month order by t.activities desc limit 2 * ${named}
    ) l
  ),
  bar as materialized (
    select case when count(*) < ${named} then 0 else min(activities) end as activities from (
      select s.activities from leader l join twins k on k.org_id = $1 and k.id = l.twin_id ${inRange("l")}
      order by s.activities desc limit ${named}
    ) b
  ),
  busy as materialized (
    select distinct b.twin_id from month m cross join lateral (
      select t.twin_id from twin_months t where t.org_id = $1 and t.month = m.month
        and t.activities >= (select ceil(b.activities::float8 / (select count(*) from month))::int from bar b) offset 0
    ) b
  ),
  likely as materialized (
    select b.twin_id from busy b cross join lateral (
      select sum(t.activities) as activities from twin_months t
      where t.org_id = $1 and t.twin_id = b.twin_id and t.month >= ${monthOf("$2::date")} and t.month <= $3::date offset 0
    ) m where m.activities >= (select activities from bar)
  ),
  busiest as (select l.twin_id as id, s.activities from likely l ${inRange("l")})`;
