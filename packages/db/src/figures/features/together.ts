import type { FeaturesInput, TogetherAnswer } from "@twin/contracts/features";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { asksForUse, daysOf, ofDays, readFilter } from "../filter/filter.ts";
import { filtered } from "../filter/filtered.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { noBits } from "../../tenancy/calendar/periods.ts";
import { rangeOf } from "../../tenancy/calendar/range.ts";
import { furtherFeatures, usersOfFeatures } from "../people-behind/sets.ts";
import { underFilter } from "../filter/under-filter.ts";
import { listUsed } from "./usage.ts";
import { leftOut, usesUnder } from "./uses.ts";
import type { Places } from "../../postgres/statement.ts";

/** Most features that are combined: each one doubles the number of combinations. */
const mostFeatures = 6;

const ofNames = { ...ofDays, names: "text[]" } as const;

/** A combination is a mask over the names: people who are in the sets of its features, and in no other. */
const combinations = (p: Places<typeof ofNames>): SQL => sql`
  with users as materialized (${usersOfFeatures(p, p.names)}),
  filled as materialized (
    select l.lane, f.place - 1 as place, coalesce(u.bits, ${noBits}) as bits
    from (select distinct lane from users) l cross join unnest(${p.names}) with ordinality f (name, place)
    left join users u on u.lane = l.lane and u.name = f.name
  )
  select mask, sum(users)::int as users from (
    select m.mask, bit_count(bit_and(case when m.mask >> f.place::int & 1 = 1 then f.bits else ~f.bits end)) as users
    from filled f cross join generate_series(1, (1 << cardinality(${p.names})) - 1) m (mask) group by m.mask, f.lane
  ) c where users > 0 group by mask order by users desc, mask`;

const usersTogether = filtered("figures.features_together", ofNames, { mask: "int", users: "int" }, (p, filter) =>
  underFilter(filter, p.org_id, combinations(p)),
);

const featuresByUse = filtered(
  "figures.features_by_use",
  ofDays,
  { feature_name: "text" },
  (p, filter) => sql`
    select feature_name from ${usesUnder(filter, p)} d where n > 0
    group by 1 order by sum(usage_count) desc, 1`,
);

/**
 * Which features the same people used over the whole range. Sets of uses are combined by person: whether features were used
 * at one moment isn't asked.
 * @throws BAD_REQUEST naming the field, for days in the future
 */
export function readTogether(db: Database, actor: Actor, input: FeaturesInput, now: Date): Promise<TogetherAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { today, time_zone } = await readCalendar(tx, now);
    const range = rangeOf(input, today, time_zone);
    const { filter, not_applied } = await readFilter(tx, actor, input, "features.together");
    const days = daysOf(tx, range);
    const used = await tx.query(featuresByUse(days, filter));
    const left = asksForUse(filter) ? leftOut(input, await listUsed(tx, range)) : [];
    const names = used.map(({ feature_name }) => feature_name);
    const features = names.length > mostFeatures ? [...names.slice(0, mostFeatures - 1), furtherFeatures] : names;
    const rows = await tx.query(usersTogether({ ...days, names: features }, filter));
    return {
      not_applied: [...not_applied, ...left],
      users: rows.reduce((sum, { users }) => sum + users, 0),
      features,
      combinations: rows.map(({ mask, users }) => ({
        features: features.filter((_, place) => (mask >> place) & 1),
        users,
      })),
    };
  });
}
