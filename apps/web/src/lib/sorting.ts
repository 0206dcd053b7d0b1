import type { Params, Query } from "./links.ts";

export type Order = "asc" | "desc";

/** A column of a table; `first` is how it sorts when it is chosen, `sort` its name in the address: null for one that doesn't sort. */
export type Column<S extends string> = { sort: S | null; name: string; first: Order; number: boolean };
export type Sorted<S extends string> = { sort: S; order: Order };

/**
 * How a table is sorted by its address (`sort`, `order`).
 * @param usual what it is sorted by where the address says nothing
 * @param prefix of its names in the address, where a page has another table
 */
export function sorting<S extends string>(columns: readonly Column<S>[], usual: S, prefix = "") {
  const firstOf = (sort: S): Order => columns.find((column) => column.sort === sort)?.first ?? "desc";
  return {
    columns,
    /** What the address sorts by; what it doesn't understand is the default. */
    of(params: Query): Sorted<S> {
      const sort =
        columns.find((column) => column.sort !== null && column.sort === params.get(`${prefix}sort`))?.sort ?? usual;
      const order = params.get(`${prefix}order`);
      return { sort, order: order === "asc" || order === "desc" ? order : firstOf(sort) };
    },
    /** What an address changes to sort by a column: the chosen one turns round. */
    params(column: S, now: Sorted<S>): Params {
      const first = firstOf(column);
      const order = column === now.sort ? (now.order === "asc" ? "desc" : "asc") : first;
      return {
        [`${prefix}sort`]: column === usual ? null : column,
        [`${prefix}order`]: order === first ? null : order,
      };
    },
  };
}

const names = new Intl.Collator("en", { sensitivity: "base", numeric: true });

/** Rows by one of their values; what a row doesn't have comes last either way, and equals stay in their order. */
export function sortRows<T>(rows: readonly T[], valueOf: (row: T) => string | number | null, order: Order): T[] {
  const way = order === "asc" ? 1 : -1;
  return rows.toSorted((one, other) => {
    const [a, b] = [valueOf(one), valueOf(other)];
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return way * (typeof a === "string" && typeof b === "string" ? names.compare(a, b) : Number(a) - Number(b));
  });
}
