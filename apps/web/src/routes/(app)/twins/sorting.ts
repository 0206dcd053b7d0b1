import type { TwinSort } from "@twin/contracts/twins";
import type { Params, Query } from "#lib/links.ts";

export type Order = "asc" | "desc";

/** The columns in their order; `first` is how a column sorts when it is chosen. */
export const columns = [
  { sort: "name", name: "Twin", first: "asc", number: false },
  { sort: "owner", name: "Owner", first: "asc", number: false },
  { sort: null, name: "Access", first: "asc", number: false },
  { sort: "last_trained_at", name: "Trained", first: "desc", number: false },
  { sort: "document_count", name: "Documents", first: "desc", number: true },
  { sort: "installations", name: "Installs", first: "desc", number: true },
  { sort: "activities", name: "Asked", first: "desc", number: true },
  { sort: null, name: "days", first: "desc", number: false },
  { sort: "helpful", name: "Helpful", first: "desc", number: true },
] as const satisfies { sort: TwinSort | null; name: string; first: Order; number: boolean }[];

const usual: TwinSort = "activities";
const firstOf = (sort: TwinSort): Order => columns.find((column) => column.sort === sort)?.first ?? "desc";

/** What the address sorts by; what it doesn't understand is the default. */
export function sortOf(params: Query): { sort: TwinSort; order: Order } {
  const sort = columns.find((column) => column.sort !== null && column.sort === params.get("sort"))?.sort ?? usual;
  const order = params.get("order");
  return { sort, order: order === "asc" || order === "desc" ? order : firstOf(sort) };
}

/** The address that sorts by a column: the chosen one turns round. */
export function sortParams(column: TwinSort, now: { sort: TwinSort; order: Order }): Params {
  const first = firstOf(column);
  const order = column === now.sort ? (now.order === "asc" ? "desc" : "asc") : first;
  return { sort: column === usual ? null : column, order: order === first ? null : order };
}
