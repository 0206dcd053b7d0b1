import type { FacetsAnswer } from "@twin/contracts/activities";
import { activitiesLink, type Params, type Query } from "#lib/links.ts";
import { exactParams, type Range } from "#lib/range.ts";

/** A value that one may choose, by its name, with what tells it from others, or how many activities it has. */
export type Choice = { value: string; name: string; note?: string; count?: number };

const daysOf = ({ start, end }: Range): Params => exactParams(start, end);

/** Asks beside the list of activities, with what the address carries. */
async function read<T>(name: string, from: Query, changes: Params, signal?: AbortSignal): Promise<T> {
  const list = activitiesLink(from, changes);
  const response = await fetch(list.replace("/activities", `/activities/${name}.json`), { signal: signal ?? null });
  if (!response.ok) throw new Error(response.statusText);
  return (await response.json()) as T;
}

/** Values of types, platforms, departments and companies, with counts under the other filters. */
export const readFacets = (from: Query, range: Range, changes?: Params): Promise<FacetsAnswer> =>
  read("facets", from, { ...daysOf(range), ...changes });

/** The people or twins whose names hold `search`, until nobody waits for them. */
export const readChoices = (
  from: Query,
  range: Range,
  of: "user" | "twin",
  search: string,
  signal: AbortSignal,
): Promise<Choice[]> => read("choices", from, { ...daysOf(range), of, search }, signal);
