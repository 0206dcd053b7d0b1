import type { FacetsAnswer } from "@twin/contracts/activities";
import { choicesLink, facetsLink, type Params, type Query } from "#lib/links.ts";
import { exactParams, type Range } from "#lib/range.ts";

/** A value that one may choose, by its name, with what tells it from others, or how many activities it has. */
export type Choice = { value: string; name: string; note?: string; count?: number };

const daysOf = ({ start, end }: Range): Params => exactParams(start, end);

async function read<T>(address: string): Promise<T> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(response.statusText);
  return (await response.json()) as T;
}

/** Values of types, platforms, departments and companies, with counts under the other filters. */
export const readFacets = (from: Query, range: Range, changes?: Params): Promise<FacetsAnswer> =>
  read(facetsLink(from, daysOf(range), changes));

/** The people or twins whose names hold `search`. */
export const readChoices = (from: Query, range: Range, of: "user" | "twin", search: string): Promise<Choice[]> =>
  read(choicesLink(from, daysOf(range), of, search));
