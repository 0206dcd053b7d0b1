import type { NotApplied } from "@twin/contracts/filter";
import { builtInFeatures, type FilterField } from "@twin/contracts/vocabulary";
import { type SQL, sql } from "drizzle-orm";
import { asksForUse, type Days, type FigureFilter, onFacts } from "../filter/filter.ts";

/** What counts the uses of each feature of the system itself, as SQL over facts `d`. */
export const usesOfFacts: Record<keyof typeof builtInFeatures, string> = {
  question_asked: "d.user_messages",
  info_retrieved: "d.queries",
  document_drafted: "d.documents",
  shared_interaction: "d.shared_interactions",
};

/**
 * Uses by feature, day and person of some days under a filter, as a relation: feature_name, day, n, usage_count. Features
 * that senders record belong to a person, and to no platform and no twin: where the filter asks for those, only the
 * features that facts count are answered.
 */
export const usesUnder = (filter: FigureFilter, { org_id, from, to }: Days): SQL =>
  asksForUse(filter)
    ? sql`(
      select f.feature_name, d.day, d.n, f.usage_count from user_days d
      cross join lateral (values ${counts}) f (feature_name, usage_count)
      where d.org_id = ${org_id} and d.day >= ${from} and d.day <= ${to} and f.usage_count > 0${onFacts(filter, org_id)}
    )`
    : sql`(
      select d.feature_name, d.usage_date as day, d.n, d.usage_count from feature_usage d
      where d.org_id = ${org_id} and d.usage_date >= ${from} and d.usage_date <= ${to}${onFacts(filter, org_id)}
    )`;
const counts = sql.raw(
  Object.entries(usesOfFacts)
    .map(([name, count]) => `('${name}', ${count})`)
    .join(", "),
);

const ofUse = ["platform", "platform_not", "twin", "twin_not"] as const satisfies readonly FilterField[];

/** The features that are left out of an answer where the filter asks for platforms or twins. */
export function leftOut(asked: Partial<Record<FilterField, unknown>>, features: readonly string[]): NotApplied {
  const recorded = features.filter((name) => !Object.hasOwn(builtInFeatures, name));
  if (recorded.length === 0) return [];
  const why = `Left out, as senders record them without a platform or twin: ${recorded.join(", ")}.`;
  return ofUse.filter((field) => asked[field] !== undefined).map((field) => ({ field, why }));
}
