import { featureName } from "./names.ts";

/** Stands among names of features for every other one. */
const furtherFeatures = "*";
const listed = new Intl.ListFormat("en-GB");
/** "Info retrieved and Question asked", "only Info retrieved" */
export function combinationName(used: string[], unused: string[]): string {
  if (used.length === 1 && used[0] === furtherFeatures && unused.length === 0) return "any feature";
  const names = used.map((name) => (name === furtherFeatures ? "other features" : featureName(name)));
  if (used.length === 1 && unused.length > 0) return `only ${names[0]}`;
  if (used.length > 2 && unused.length > 0 && unused.length < used.length)
    return `all but ${combinationName(unused, [])}`;
  return listed.format(names);
}
