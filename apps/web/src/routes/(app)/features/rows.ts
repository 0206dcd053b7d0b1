import type { FeaturesAnswer } from "@twin/contracts/features";
import { builtInFeatures } from "@twin/contracts/vocabulary";
import { changeOf, type Compared } from "@twin/wording/change";
import type { Days } from "#lib/charts/figures.ts";
import type { Range } from "#lib/range.ts";

type Used = FeaturesAnswer["features"][number];
export type FeatureRow = Used & {
  /** One line on what counts as a use. */
  counted: string;
  /** Its finished days beside those of the range before; null without a comparison. */
  compared: Compared | null;
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
  const holdsToday = range.end >= range.today;
  const onlyToday = range.start >= range.today;
  const ended = (feature: Used | undefined): number | null => {
    if (!feature) return 0;
    if (!holdsToday) return feature.total_usage;
    return feature.days ? feature.total_usage - (feature.days.at(-1) ?? 0) : null;
  };
  return [...names].map((name) => {
    const found = now.find((one) => one.feature_name === name);
    const earlier = before?.find((one) => one.feature_name === name);
    const [current, previous] = [ended(found), before ? ended(earlier) : null];
    return {
      ...(found ?? unused(name)),
      counted: counted[name] ?? "named by a sender",
      compared:
        current === null || previous === null
          ? null
          : { unit: "count", holdsToday, now: onlyToday ? null : { value: current }, before: { value: previous } },
    };
  });
}

/**
 * One line a feature, as a file.
 * @param counterpart the days that `previous` counts
 */
export function featureCsvRows(rows: FeatureRow[], counterpart: Days): string[][] {
  const head = ["feature", "uses", "share", "users", "adoption"];
  const sides = ["finished", "previous_start_date", "previous_end_date", "previous", "change"];
  const lines = rows.map(({ feature_name, total_usage, share, users, adoption, compared }) => {
    const used = [feature_name, String(total_usage), text(share), String(users), text(adoption)];
    if (!compared?.now) return [...used, ...sides.map(() => "")];
    const [now, before, change] = [compared.now.value, compared.before.value, changeOf(compared).exact].map(text);
    return [...used, now!, counterpart.start, counterpart.end, before!, change!];
  });
  return [[...head, ...sides], ...lines];
}
const text = (value: number | null): string => (value === null ? "" : String(value));
