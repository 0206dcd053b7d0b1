import type { FacetsAnswer, FacetsInput } from "@twin/contracts/activities";
import { activityColumns } from "@twin/contracts/figures";
import { type ActivityType, activityTypes, type AttributeName, attributeNames } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { daysOf, type FigureFilter, filteredFacts, ofDays, readFilter, summedFacts } from "../figures/filter/filter.ts";
import { composed } from "../postgres/statement.ts";
import { attributeOf } from "../people/attributes.ts";
import { readRange } from "./filter.ts";
import { unasked } from "../people/filter.ts";

type Choices = FacetsAnswer["platform"];
type Types = readonly ActivityType[];

const sumOf = (types: Types): SQL =>
  sql.raw(`coalesce(sum(${types.map((type) => `d.${activityColumns[type]}`).join(" + ") || "0"}), 0)::int`);

const choices = composed(
  "activities.facet",
  ofDays,
  { value: "text", count: "int" },
  (p, own: "platform" | AttributeName, types: Types, filter: FigureFilter) => {
    const others = { ...filter, [own]: unasked };
    const facts =
      own === "platform"
        ? sql`select d.platform as value, ${sumOf(types)} as count from ${summedFacts(others, p)} group by 1`
        : sql`select ${sql.raw(attributeOf("u", own))} as value, sum(d.count)::int as count
             from (select d.n, ${sumOf(types)} as count from ${filteredFacts(others, p)} group by 1) d
             left join users u on u.org_id = ${p.org_id} and u.n = d.n group by 1`;
    return sql`select value, count from (${facts}) f where count > 0 order by count desc, value limit 100`;
  },
);

const countOfEach = sql.join(
  activityTypes.map((type) => sql`${sumOf([type])} as ${sql.raw(type)}`),
  sql`, `,
);
const typesRow = Object.fromEntries(activityTypes.map((type) => [type, "int"])) as Record<ActivityType, "int">;
const choicesOfType = composed(
  "activities.facet_of_types",
  ofDays,
  typesRow,
  (p, filter: FigureFilter) => sql`
    select ${countOfEach} from ${summedFacts(filter, p)}`,
);

/**
 * How many activities each choice of a filter would show; the filter that is counted doesn't apply to itself. Counted from
 * facts and their sums, so the cost doesn't grow with the number of activities; new ones count after their rollup.
 */
export function listFacets(db: Database, actor: Actor, input: FacetsInput, now: Date): Promise<FacetsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { start_date, end_date } = await readRange(tx, input, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, "activities.facets");
    const { of, not } = filter.type;
    const types = activityTypes.filter((type) => (of === null || of.includes(type)) && !not?.includes(type));
    const days = daysOf(tx, { start_date, end_date });
    const facet = (own: "platform" | AttributeName): Promise<Choices> => tx.query(choices(days, own, types, filter));
    const [byType] = await tx.query(choicesOfType(days, filter));
    const platform = await facet("platform");
    const attributes = {} as Record<AttributeName, Choices>;
    for (const name of attributeNames) attributes[name] = await facet(name);
    return {
      type: activityTypes.map((value) => ({ value, count: byType?.[value] ?? 0 })).filter(({ count }) => count > 0),
      platform,
      ...attributes,
      not_applied,
    };
  });
}
