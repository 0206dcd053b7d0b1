import type { FeaturesAnswer } from "@twin/contracts/features";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import type { Change } from "#lib/charts/figures.ts";
import type { Range } from "#lib/range.ts";

type Used = FeaturesAnswer["features"][number];
export type FeatureRow = Used & {
  /** One line on what counts as a use. */
  counted: string;
  /** Both sides of the comparison, today left out of both; null without one. */
  change: Change | null;
};

const counted: Record<string, string> = {
  question_asked: "one per message by a person",
  info_retrieved: "one per query",
  document_drafted: "one per document",
  shared_interaction: "one per visit to someone’s twin",
};

const unused = (feature_name: string): Used => ({
  feature_name,
  total_usage: 0,
  share: null,
  users: 0,
  adoption: null,
  days: null,
});

/**
 * Every feature used in the range or the one before, most used first; the system's own stand there even if unused.
 * @param before null where there is no comparison
 */
export function featureRows(now: Used[], before: Used[] | null, range: Range): FeatureRow[] {
  const names = new Set([
    ...now.map((one) => one.feature_name),
    ...Object.keys(builtInFeatures),
    ...(before ?? []).map((one) => one.feature_name),
  ]);
  // Today stands against the last day of the range before: both are left out.
  const cut = range.end >= range.today;
  const ended = (feature: Used | undefined): number | null => {
    if (!feature) return 0;
    if (!cut) return feature.total_usage;
    return feature.days ? feature.total_usage - (feature.days.at(-1) ?? 0) : null;
  };
  return [...names].map((name) => {
    const found = now.find((one) => one.feature_name === name);
    const earlier = before?.find((one) => one.feature_name === name);
    const [current, previous] = [ended(found), before ? ended(earlier) : null];
    return {
      ...(found ?? unused(name)),
      counted: counted[name] ?? "named by a sender",
      change: current === null || previous === null ? null : { now: current, before: previous },
    };
  });
}

/** One line a feature, as a file. */
export const csvRows = (rows: FeatureRow[]): string[][] => [
  ["feature", "uses", "share", "previous_without_today", "current_without_today", "users", "adoption"],
  ...rows.map((row) => [
    row.feature_name,
    String(row.total_usage),
    row.share === null ? "" : row.share.toFixed(4),
    row.change ? String(row.change.before) : "",
    row.change ? String(row.change.now) : "",
    String(row.users),
    row.adoption === null ? "" : row.adoption.toFixed(4),
  ]),
];
