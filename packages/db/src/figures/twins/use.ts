import { activityColumns } from "@twin/contracts/figures";
import type { TwinAnswer } from "@twin/contracts/twins";
import { type ActivityType, activityTypes } from "@twin/contracts/vocabulary";
import { sql } from "drizzle-orm";
import { attributeOf } from "../../people/attributes.ts";
import { composed, only } from "../../postgres/statement.ts";
import type { Tx } from "../../tenancy/actor.ts";
import type { DayRange } from "../../tenancy/calendar/range.ts";
import { daysOf, filteredFacts, type FigureFilter, ofDays } from "../filter/filter.ts";

/** People who asked most often are named. */
const peopleShown = sql.raw("5");

const typeSums = (row: string) =>
  sql.raw(activityTypes.map((type) => `coalesce(sum(${row}.${type}), 0)::int`).join(", "));

const useOfTwin = composed(
  "figures.twin_use",
  ofDays,
  {
    types: "int[]",
    users: "int",
    departments: only<TwinAnswer["departments"]>("json"),
    people: only<TwinAnswer["people"]>("json"),
  },
  (p, filter: FigureFilter) => sql`
    with person as materialized (
      select d.n, ${sql.raw(activityTypes.map((type) => `sum(d.${activityColumns[type]}) as ${type}`).join(", "))},
        sum(d.user_messages) as messages
      from ${filteredFacts(filter, p)} group by d.n
    ),
    done as materialized (select n, ${sql.raw(activityTypes.join(" + "))} as activities, messages from person),
    used as (
      select ${sql.raw(attributeOf("u", "department"))} as department, count(*)::int as users
      from done d left join users u on u.org_id = ${p.org_id} and u.n = d.n
      where d.n > 0 and d.activities + d.messages > 0 group by 1 order by 2 desc, 1
    ),
    most as (
      select u.id, u.full_name as name, d.activities::int as activities
      from done d join users u on u.org_id = ${p.org_id} and u.n = d.n and u.deleted_at is null
      where d.activities > 0 order by d.activities desc, u.n limit ${peopleShown}
    )
    select array[${typeSums("t")}] as types, (select coalesce(sum(users), 0)::int from used) as users,
      (select coalesce(json_agg(w), '[]') from used w) as departments, (select coalesce(json_agg(m), '[]') from most m) as people
    from person t`,
);

/** What a twin was asked in the range, by whom and for what. */
export async function readUse(
  tx: Tx,
  range: DayRange,
  filter: FigureFilter,
): Promise<Pick<TwinAnswer, "activities" | "types" | "users" | "departments" | "people">> {
  const [row] = await tx.query(useOfTwin(daysOf(tx, range), filter));
  const { types, ...use } = row!;
  return {
    activities: types.reduce((sum, one) => sum + one, 0),
    types: Object.fromEntries(activityTypes.map((type, at) => [type, types[at]!])) as Record<ActivityType, number>,
    ...use,
  };
}
