import type { PeopleInput, Who } from "@twin/contracts/people";
import { addBuckets, addDays, lastDayOf } from "@twin/contracts/calendar";
import { type SQL, sql } from "drizzle-orm";
import type { Days } from "../filter/filter.ts";
import { kindsOf } from "../filter/kinds.ts";
import { noBits, periodsOf } from "../../tenancy/calendar/periods.ts";
import { horizonOf } from "../retention/horizon.ts";
import { ofFrequency, ofStage } from "./engaged.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";

/**
 * A set of people, as the query for rows of (lane, bits).
 * @param days `range`, or by default the days that were asked for
 */
export type PeopleSet = { query: (days: Days) => SQL; range?: DayRange };
type Asked = Pick<PeopleInput, "cohort_period" | "mode" | "match" | "until" | "after">;

const inRange = ({ org_id, from, to }: Days): SQL => sql`org_id = ${org_id} and day >= ${from} and day <= ${to}`;

/** The union of one kind of set over the range. */
const ofKind = (kind: string): PeopleSet => ({
  query: (days) =>
    sql`select lane, bit_or(bits) as bits from day_users where ${inRange(days)} and kind = ${kind} group by lane`,
});

const ofFirstUse = (feature: string): PeopleSet => ({
  query: (days) => sql`select now.lane, now.bits & ~coalesce(before.bits, ${noBits}) as bits
    from (select lane, bit_or(bits) as bits from day_users where ${inRange(days)} and kind = ${`used:${feature}`} group by lane) now
    left join (
      select lane, bit_or(bits) as bits from day_users
      where org_id = ${days.org_id} and kind = ${`used:${feature}`} and day < ${days.from} group by lane
    ) before using (lane)`,
});

/** Stands for every feature that isn't named. */
export const furtherFeatures = "*";

/** Who used each feature of the range, by bitmap chunk; features that `named` doesn't hold count as one. */
export const usersOfFeatures = ({ org_id, from, to }: Days, named: SQL): SQL => sql`
  select f.name, d.lane, bit_or(d.bits) as bits
  from (
    with ${kindsOf(org_id, sql` and kind >= 'used:'`)}
    select kind, substr(kind, 6) as feature from kinds where kind like 'used:%'
  ) k
  cross join lateral (select case when k.feature = any (${named}) then k.feature else ${sql.raw(`'${furtherFeatures}'`)} end as name) f
  join day_users d on d.org_id = ${org_id} and d.kind = k.kind and d.day >= ${from} and d.day <= ${to}
  group by f.name, d.lane`;

function ofCombination(used: readonly string[], unused: readonly string[]): PeopleSet {
  const [all, none] = [sql`${sql.param(used)}::text[]`, sql`${sql.param(unused)}::text[]`];
  return {
    query: (days) => sql`select lane, bit_and(bits) filter (where name = any (${all}))
        & ~coalesce(bit_or(bits) filter (where name = any (${none})), ${noBits}) as bits
      from (${usersOfFeatures(days, sql`${all} || ${none}`)}) u
      group by lane having count(*) filter (where name = any (${all})) = cardinality(${all})`,
  };
}

/** The cohorts of a range that count, and the periods in which their people may come back. */
type Cohorts = DayRange & { starts: string[]; later: string[]; last: string };

/**
 * The range widened to whole periods, without cohorts whose period `after` periods later isn't over.
 * @throws BAD_REQUEST naming `until`, for a day in the future
 */
function cohortsOf(
  { cohort_period: period = "day", match = "on", until, after = 0 }: Asked,
  range: DayRange,
  today: string,
): Cohorts {
  const { last } = horizonOf(match, until, today);
  const { starts, ends } = periodsOf(range.start_date, range.end_date, period);
  const end = lastDayOf(addBuckets(starts.at(-1)!, period, after), period);
  const all = periodsOf(starts[0]!, end, period);
  const count = starts.filter((_, index) => all.ends[index + after]! <= last).length;
  return {
    start_date: starts[0]!,
    end_date: count === 0 ? addDays(starts[0]!, -1) : ends[count - 1]!,
    starts: starts.slice(0, Math.max(count, 1)),
    later: all.starts.slice(after, after + Math.max(count, 1)),
    last: match === "on" && count > 0 ? all.ends[after + count - 1]! : last,
  };
}

/** Who is in a cohort of the range; with `after`, only cohorts whose period that many periods later is over. */
function ofCohorts(input: Asked, range: DayRange, today: string): PeopleSet {
  const { mode = "first", after } = input;
  const kind = mode === "first" ? "first" : "active";
  return { ...ofKind(kind), ...(after !== undefined && { range: cohortsOf(input, range, today) }) };
}

/** Who of them was active in that period, or in that or a later one. */
function ofReturners(input: Asked, range: DayRange, today: string): PeopleSet {
  const { starts, later, last, ...days } = cohortsOf(input, range, today);
  const onOrAfter = input.match === "on_or_after";
  const kind = (input.mode ?? "first") === "first" ? "first" : "active";
  const [begun, come] = [sql`${sql.param(starts)}::date[]`, sql`${sql.param(later)}::date[]`];
  const sets = (periods: SQL, org_id: SQL, of: string, lo: SQL, hi: SQL) => sql`
    select width_bucket(day, ${periods}) as i, lane, bit_or(bits) as bits from day_users
    where org_id = ${org_id} and kind = ${of} and day >= ${lo} and day <= ${hi} group by 1, 2`;
  return {
    query: ({ org_id, from, to }) => {
      const back = sets(come, org_id, "active", sql`(${come})[1]`, sql`${last}::date`);
      return sql`select c.lane, bit_or(c.bits & a.bits) as bits
      from (${sets(begun, org_id, kind, from, to)}) c
      join (
        ${
          onOrAfter
            ? sql`select p.i, l.lane, bit_or(a.bits) over (partition by l.lane order by p.i desc) as bits
              from generate_series(1, cardinality(${come})) p (i)
              cross join (select distinct lane from day_users where org_id = ${org_id} and kind = ${kind} and day >= ${from} and day <= ${to}) l
              left join (${back}) a on a.i = p.i and a.lane = l.lane`
            : back
        }
      ) a on a.i = c.i and a.lane = c.lane
      group by c.lane`;
    },
    range: days,
  };
}

/** Figures whose people come from sets; all others come from tables. */
type InSets = Exclude<Who, "new" | "asked" | "using">;

/**
 * The people of a figure that is counted by sets.
 * @throws BAD_REQUEST naming `until`, for a day in the future
 */
export function setOf(
  who: InSets,
  input: PeopleInput,
  { range, today }: { range: DayRange; today: string },
): PeopleSet {
  switch (who) {
    case "active":
      return ofKind("active");
    case "used":
      return ofKind(`used:${input.feature}`);
    case "adopted":
      return ofFirstUse(input.feature!);
    case "together":
      return ofCombination(input.used!, input.unused ?? []);
    case "often":
      return ofFrequency(input.interval!, input.periods!, range);
    case "lifecycle":
      return ofStage(input.interval!, input.stage!, range);
    case "first":
      return ofCohorts(input, range, today);
    case "back":
      return ofReturners(input, range, today);
  }
}
