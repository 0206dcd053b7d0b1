import type { PeopleInput, Who } from "@twin/contracts/people";
import { addDays } from "@twin/contracts/calendar";
import { noBits } from "../metrics/periods.ts";

/** A set of people of the organisation `$1` from `$2` to `$3`, as rows of (lane, bits); `values` are those from `$4` on. */
export type PeopleSet = { text: string; values: unknown[] };

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
      (select kind from day_users where org_id = $1 and kind >= 'used:' order by kind limit 1)
      union all
      select (select d.kind from day_users d where d.org_id = $1 and d.kind > k.kind order by d.kind limit 1)
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

/** Whose first session lies in the range and for whom the day that is so many days later is over. */
const ofNewcomers = (after: number, today: string): PeopleSet => ({
  text: `select lane, bit_or(bits) as bits from day_users where ${inRange} and kind = 'first' and day < $4::date group by lane`,
  values: [addDays(today, -after)],
});

/** Of them, who was active on exactly that day. */
const ofReturners = (after: number, today: string): PeopleSet => ({
  text: `select f.lane, bit_or(f.bits & a.bits) as bits
    from day_users f join day_users a on a.org_id = $1 and a.kind = 'active' and a.day = f.day + $5::int and a.lane = f.lane
    where f.org_id = $1 and f.kind = 'first' and f.day >= $2::date and f.day <= $3::date and f.day < $4::date group by f.lane`,
  values: [addDays(today, -after), after],
});

/** Whom sets of people know; the others come from tables. */
type InSets = Exclude<Who, "new" | "asked">;

/**
 * The people of a figure that is counted by sets.
 * @param platform of `active` alone, as the contract says
 */
export function setOf(who: InSets, input: PeopleInput, platform: string | null, today: string): PeopleSet {
  switch (who) {
    case "active":
      return ofKind(platform === null ? "active" : `active:${platform}`);
    case "used":
      return ofKind(`used:${input.feature}`);
    case "adopted":
      return ofFirstUse(input.feature!);
    case "together":
      return ofCombination(input.used!, input.unused ?? []);
    case "first":
      return input.after === undefined ? ofKind("first") : ofNewcomers(input.after, today);
    case "back":
      return ofReturners(input.after!, today);
  }
}
