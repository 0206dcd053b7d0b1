import type { TwinSort } from "@twin/contracts/twins";
import type { Params } from "#lib/links.ts";
import { type Column, type Sorted, sorting } from "#lib/sorting.ts";

const columns: readonly Column<TwinSort>[] = [
  { sort: "name", name: "Twin", first: "asc", number: false },
  { sort: "owner", name: "Owner", first: "asc", number: false },
  { sort: null, name: "Access", first: "asc", number: false },
  { sort: "last_trained_at", name: "Trained", first: "desc", number: false },
  { sort: "document_count", name: "Documents", first: "desc", number: true },
  { sort: "installations", name: "Installs", first: "desc", number: true },
  { sort: "activities", name: "Asked", first: "desc", number: true },
  { sort: null, name: "days", first: "desc", number: false },
  { sort: "helpful", name: "Helpful", first: "desc", number: true },
];

/** How the table of twins is sorted: most asked first, where nothing else is asked for. */
export const twinSorting = sorting(columns, "activities");

/** What an address says of an order: nothing of the usual one. */
export const orderParams = ({ sort, order }: Sorted<TwinSort>): Params =>
  twinSorting.params(sort, { sort, order: order === "asc" ? "desc" : "asc" });
/** The same for a twin that is opened from a list, which its address says even where the order is the usual one. */
export const listParams = (list: Sorted<TwinSort>): Params => ({ ...orderParams(list), sort: list.sort });
