import type { FirstUseAnswer, TogetherAnswer } from "@twin/contracts/features";
import type { Bar } from "#lib/charts/BarList.svelte";
import { count, percent, plural, sharesOf } from "@twin/wording/format";
import { combinationName } from "@twin/wording/combinations";
import { featureName } from "@twin/wording/names";
import { peopleLink, type Query } from "#lib/links.ts";
import { exactParams } from "#lib/range.ts";

/** Lines that one can tell apart. */
const mostLines = 5;

export type Line = FirstUseAnswer["features"][number] & { name: string; color: string };
/** The features most people have used, in the colours of series. */
export const firstUseLines = ({ features }: FirstUseAnswer): Line[] =>
  features
    .filter(({ users }) => users.at(-1)! > 0)
    .slice(0, mostLines)
    .map((feature, at) => ({ ...feature, name: featureName(feature.feature_name), color: `var(--s${at + 1})` }));

/** Who used a feature for the first time in a bucket of the range. */
export const adoptersLink = (from: Query, feature: string, days: { start_date: string; end_date: string }): string =>
  peopleLink(from, { ...exactParams(days.start_date, days.end_date), who: "adopted", feature });

/** "Info retrieved has reached 75 % of all who were ever active; most new in these days: Question asked, 41 people." */
export function firstUseSentence(lines: Line[]): { before: string; most: (Line & { fresh: number }) | null } {
  const fresh = lines.map((line) => ({ ...line, fresh: line.first_uses.reduce((sum, one) => sum + one, 0) }));
  const most = fresh.reduce<(typeof fresh)[number] | null>(
    (best, one) => (one.fresh > (best?.fresh ?? 0) ? one : best),
    null,
  );
  const first = lines[0];
  if (!first) return { before: "No one has used a feature yet.", most: null };
  const reached = `${first.name} has reached ${percent(first.adoption.at(-1) ?? null)} of all who were ever active`;
  return {
    before: most
      ? `${reached}; newest to most people in these days: ${most.name}, `
      : `${reached}; no one used a feature for the first time in these days.`,
    most,
  };
}

/** Labels at the ends of lines, moved apart where they would touch. */
export function placeLabels(wanted: number[], apart: number, floor: number): number[] {
  const order = wanted.map((y, at) => ({ y, at })).sort((a, b) => a.y - b.y);
  for (let at = 1; at < order.length; at++) order[at]!.y = Math.max(order[at]!.y, order[at - 1]!.y + apart);
  for (let at = order.length - 1, most = floor; at >= 0; at--, most -= apart)
    order[at]!.y = Math.min(order[at]!.y, most);
  const placed: number[] = [];
  for (const { y, at } of order) placed[at] = y;
  return placed;
}

/** A line a bucket and feature, as a file. */
export const firstUseRows = ({ buckets, features }: FirstUseAnswer): string[][] => [
  ["start_date", "end_date", "complete", "feature", "first_uses", "users", "adoption"],
  ...features.flatMap(({ feature_name, first_uses, users, adoption }) =>
    buckets.map(({ start_date, end_date, complete }, at) => [
      start_date,
      end_date,
      String(complete),
      feature_name,
      String(first_uses[at]),
      String(users[at]),
      adoption[at] === null ? "" : String(adoption[at]),
    ]),
  ),
];

/** Combinations as bars, most people first; beyond `most` they are one that leads nowhere. */
export function combinationBars({ users, features, combinations }: TogetherAnswer, params: Query, most: number): Bar[] {
  const share = (value: number) => (users ? value / users : null);
  const shown = combinations.slice(0, most);
  const rest = combinations.slice(most);
  const others = rest.reduce((sum, one) => sum + one.users, 0);
  const said = sharesOf([...shown.map((one) => one.users), others]);
  const bars: Bar[] = shown.map((one, at) => {
    const unused = features.filter((name) => !one.features.includes(name));
    const name = combinationName(one.features, unused);
    return {
      name:
        unused.length === 0 && features.length > 2
          ? `All ${count(features.length)}`
          : name[0]!.toUpperCase() + name.slice(1),
      value: one.users,
      share: share(one.users),
      said: said[at]!,
      href: peopleLink(params, {
        who: "together",
        used: one.features.join(","),
        unused: unused.join(","),
      }),
    };
  });
  if (rest.length)
    bars.push({
      name: plural(rest.length, "other combination"),
      value: others,
      share: share(others),
      said: said.at(-1)!,
      href: null,
    });
  return bars;
}
