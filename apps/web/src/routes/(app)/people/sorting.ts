import type { UserSort } from "@twin/contracts/users";
import { sorting } from "#lib/sorting.ts";

/** How the people behind a number are sorted: known last first, where nothing else is asked for. */
export const peopleSorting = sorting<UserSort>(
  [
    { sort: "name", name: "Name", first: "asc", number: false },
    { sort: null, name: "E-mail", first: "asc", number: false },
    { sort: null, name: "Department", first: "asc", number: false },
    { sort: "created_at", name: "Known since", first: "desc", number: true },
    { sort: "last_active_at", name: "Last active", first: "desc", number: true },
  ],
  "created_at",
);
