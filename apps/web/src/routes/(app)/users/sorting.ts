import type { UserSort } from "@twin/contracts/users";
import { sorting, type Sorted } from "#lib/sorting.ts";

/** How people are sorted: active last first, where nothing else is asked for. Figures of days aren't kept in an order. */
export const userSorting = sorting<UserSort>(
  [
    { sort: "name", name: "Name", first: "asc", number: false },
    { sort: null, name: "E-mail", first: "asc", number: false },
    { sort: null, name: "Department", first: "asc", number: false },
    { sort: null, name: "Days of 28", first: "desc", number: true },
    { sort: null, name: "Activities", first: "desc", number: true },
    { sort: "last_active_at", name: "Last active", first: "desc", number: true },
  ],
  "last_active_at",
);

const words: Record<UserSort, { asc: string; desc: string }> = {
  name: { asc: "by name", desc: "by name from Z to A" },
  created_at: { asc: "known longest first", desc: "known last first" },
  last_active_at: { asc: "active longest ago first", desc: "active last first" },
};
/** The order of a list of people, in words. */
export const orderInWords = ({ sort, order }: Sorted<UserSort>): string => words[sort][order];
