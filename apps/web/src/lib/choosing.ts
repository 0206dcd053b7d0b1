import type { FilterField, FilterName } from "@twin/contracts/vocabulary";
import type { Filters } from "./filters.ts";
import type { Params } from "./links.ts";

/** Values being chosen for a filter: that it must be one of them, or none. */
export type Choosing = { values: string[]; not: boolean };
const fieldOf = (name: FilterName, not: boolean): FilterField => (not ? `${name}_not` : name);

/** A filter as it is before anything is chosen: what it must be goes before what it must not. */
export const chosenNow = (
  filters: Filters,
  name: FilterName,
  not = filters[name].length === 0 && filters[`${name}_not`].length > 0,
): Choosing => ({ values: [...filters[fieldOf(name, not)]], not });

/** The same values, to be the other way round, with those that are so already. */
export const turned = (filters: Filters, name: FilterName, { values, not }: Choosing): Choosing => ({
  values: [...new Set([...values, ...filters[fieldOf(name, !not)]])],
  not: !not,
});

/** What the address then says; a filter that was turned is no longer what it was. */
export const changesBy = (name: FilterName, { values, not }: Choosing, began: boolean): Params => ({
  [fieldOf(name, not)]: values.length ? values : null,
  ...(not !== began && { [fieldOf(name, began)]: null }),
});
