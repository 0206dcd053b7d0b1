import type { PeopleInput, Who } from "@twin/contracts/people";
import { addDays, nextBucket } from "@twin/contracts/calendar";
import { noBits, periodsOf } from "../../tenancy/calendar/periods.ts";
import { horizonOf } from "../retention/horizon.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";

/**
 * A set of people of the organisation `$1` from `$2` to `$3`, as rows of (lane, bits); `values` are those from `$4` on.
 * `range`: the days from `$2` to `$3`, where they aren't the ones that were asked for.
 */
export type PeopleSet = { text: string; values: unknown[]; range?: DayRange };
type Asked = Pick<PeopleInput, "cohort_period" | "mode" | "match" | "until" | "after">;

const inRange = "org_id = $1 and day >= $2::date and day <= $3::date";

/** Any kind of bitset, in the range. */
const ofKind = (kind: string): PeopleSet => ({
  text: `select lane, bit_or(bits) as bits from day_users where ${inRange} and kind = $4 group by lane`,
  values: [kind],
});

const ofFirstUse = (feature: string): PeopleSet => ({
  text: `select now.lane, now.bits & ~coalesce(before.bits, ${noBits}) as bits
    from (select lane, bit_or(bits) as bits from day_users where ${inRange} and kind = $4 group by lane) now
    left join (
      select lane, bit_or(bits) as bits from day_users where org_id = $1 and kind = $4 and day < $2::date group by lane
    ) before using (lane)`,
  values: [`used:${feature}`],
});

/** Stands for every feature that isn't named. */
export const furtherFeatures = "*";

/** Who used each feature of the range, by lane; those that `named` doesn't have as one. */
export const usersOfFeatures = (named: string): string => `
  select f.name, d.lane, bit_or(d.bits) as bits
  from (
    with recursive kinds as (
      (select kind from public.day_users where org_id = $1 and kind >= 'used:' order by kind limit 1)
      union all
      select (select d.kind from public.day_users d where d.org_id = $1 and d.kind > k.kind order by d.kind limit 1)
      from kinds k where k.kind is not null
    )
    select kind, substr(kind, 6) as feature from kinds where kind like 'used:%'
  ) k
  cross join lateral (select case when k.feature = any (${named}) then k.feature else '${furtherFeatures}' end as name) f
  join day_users d on d.org_id = $1 and d.kind = k.kind and d.day >= $2::date and d.day <= $3::date
  group by f.name, d.lane`;

const ofCombination = (used: readonly string[], unused: readonly string[]): PeopleSet => ({
  text: `select lane, bit_and(bits) filter (where name = any ($4::text[]))
      & ~coalesce(bit_or(bits) filter (where name = any ($5::text[])), ${noBits}) as bits
    from (${usersOfFeatures("$4::text[] || $5::text[]")}) u
    group by lane having count(*) filter (where name = any ($4::text[])) = cardinality($4::text[])`,
  values: [used, unused],
});

/** The cohorts of a range that count, and the periods in which their people may come back. */
type Cohorts = DayRange & { starts: string[]; later: string[]; last: string };

/**
 * The range widened to whole periods, without those cohorts of which the period `after` periods later isn't over.
 * @throws BAD_REQUEST naming `until`, for a day in the future
 */
function cohortsOf(
  { cohort_period: period = "day", match = "on", until, after = 0 }: Asked,
  range: DayRange,
  today: string,
): Cohorts {
  const { last } = horizonOf(match, until, today);
  const { starts, ends } = periodsOf(range.start_date, range.end_date, period);
  let end = ends.at(-1)!;
  for (let at = 0; at < after; at++) end = addDays(nextBucket(addDays(end, 1), period), -1);
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

/** Who is in a cohort of the range, and, with `after`, of one whose period so many periods later is over. */
function ofCohorts(input: Asked, range: DayRange, today: string): PeopleSet {
  const { mode = "first", after } = input;
  const kind = mode === "first" ? "first" : "active";
  return { ...ofKind(kind), ...(after !== undefined && { range: cohortsOf(input, range, today) }) };
}

/** Of them, who was active in that period, or in that or a later one. */
function ofReturners(input: Asked, range: DayRange, today: string): PeopleSet {
  const { starts, later, last, ...days } = cohortsOf(input, range, today);
  const onOrAfter = input.match === "on_or_after";
  const sets = (periods: string, kind: string, lo: string, hi: string) => `
    select width_bucket(day, ${periods}::date[]) as i, lane, bit_or(bits) as bits from day_users
    where org_id = $1 and kind = ${kind} and day >= ${lo} and day <= ${hi} group by 1, 2`;
  return {
    text: `select c.lane, bit_or(c.bits & a.bits) as bits
      from (${sets("$4", "$5", "$2::date", "$3::date")}) c
      join (
        ${
          onOrAfter
            ? `select p.i, l.lane, bit_or(a.bits) over (partition by l.lane order by p.i desc) as bits
              from generate_series(1, cardinality($6::date[])) p (i)
              cross join (select distinct lane from day_users where org_id = $1 and kind = $5 and day >= $2::date and day <= $3::date) l
              left join (${sets("$6", "'active'", "($6::date[])[1]", "$7::date")}) a on a.i = p.i and a.lane = l.lane`
            : sets("$6", "'active'", "($6::date[])[1]", "$7::date")
        }
      ) a on a.i = c.i and a.lane = c.lane
      group by c.lane`,
    values: [starts, (input.mode ?? "first") === "first" ? "first" : "active", later, last],
    range: days,
  };
}

/** Whom sets of people know; the others come from tables. */
type InSets = Exclude<Who, "new" | "asked">;

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
    case "first":
      return ofCohorts(input, range, today);
    case "back":
      return ofReturners(input, range, today);
  }
}
