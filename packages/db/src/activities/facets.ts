import type { FacetsAnswer, FacetsInput } from "@twin/contracts/activities";
import { type ActivityType, activityTypes } from "@twin/contracts/vocabulary";
import { type Actor, inTenant } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { filteredFacts, readFilter, summedFacts } from "../figures/filter/filter.ts";
import { attributeOf } from "../people/attributes.ts";
import { columnOfType } from "./figure.ts";
import { readRange } from "./filter.ts";
import { unasked } from "../people/filter.ts";

type Choices = FacetsAnswer["platform"];

/**
 * How many activities each choice of a filter would show; a facet ignores its own filter. Counted from facts
 * and their sums, so that it costs the same however many activities there are; new ones are in it after their rollup.
 */
export function listFacets(db: Database, actor: Actor, input: FacetsInput, now: Date): Promise<FacetsAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { start_date, end_date } = await readRange(tx, input, now);
    const { filter, not_applied } = await readFilter(tx, actor, input, "activities.facets");
    const { of, not } = filter.type;
    const types = activityTypes.filter((type) => (of === null || of.includes(type)) && !not?.includes(type));
    const sum = (counted: readonly ActivityType[]) =>
      `coalesce(sum(${counted.map((type) => `d.${columnOfType[type]}`).join(" + ") || "0"}), 0)::int`;

    const facet = (own: "platform" | "department" | "company"): Promise<Choices> => {
      const values = [tx.org_id, start_date, end_date];
      const others = { ...filter, [own]: unasked };
      const facts =
        own === "platform"
          ? `select d.platform as value, ${sum(types)} as count from ${summedFacts(others, values)} group by 1`
          : `select ${attributeOf("u", own)} as value, sum(d.count)::int as count
             from (select d.n, ${sum(types)} as count from ${filteredFacts(others, values)} group by 1) d
             left join users u on u.org_id = $1 and u.n = d.n group by 1`;
      return tx.query({
        text: `select value, count from (${facts}) f where count > 0 order by count desc, value limit 100`,
        values,
      });
    };

    const values = [tx.org_id, start_date, end_date];
    const [byType] = await tx.query<Record<ActivityType, number>>({
      text: `select ${activityTypes.map((type) => `${sum([type])} as ${type}`).join(", ")} from ${summedFacts(filter, values)}`,
      values,
    });
    return {
      type: activityTypes.map((value) => ({ value, count: byType?.[value] ?? 0 })).filter(({ count }) => count > 0),
      platform: await facet("platform"),
      department: await facet("department"),
      company: await facet("company"),
      not_applied,
    };
  });
}
