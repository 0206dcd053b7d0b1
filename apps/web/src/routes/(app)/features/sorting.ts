import { featureName } from "@twin/wording/names";
import { changeOf } from "@twin/wording/change";
import { sorting, type Sorted, sortRows } from "#lib/sorting.ts";
import type { FeatureRow } from "./rows.ts";

type FeatureSort = "name" | "uses" | "change" | "users" | "per_user" | "adoption";

/** How the table of features is sorted: most used first, where nothing else is asked for. */
export const featureSorting = sorting<FeatureSort>(
  [
    { sort: "name", name: "Feature", first: "asc", number: false },
    { sort: "uses", name: "Uses", first: "desc", number: true },
    { sort: null, name: "Share", first: "desc", number: true },
    { sort: "change", name: "Against previous", first: "desc", number: false },
    { sort: "users", name: "Users", first: "desc", number: true },
    { sort: "per_user", name: "Per user", first: "desc", number: true },
    { sort: "adoption", name: "Adoption", first: "desc", number: true },
  ],
  "uses",
);

const values: Record<FeatureSort, (row: FeatureRow) => string | number | null> = {
  name: ({ feature_name }) => featureName(feature_name),
  uses: ({ total_usage }) => total_usage,
  change: ({ compared }) => (compared?.now ? (changeOf(compared).exact ?? null) : null),
  users: ({ users }) => users,
  per_user: ({ total_usage, users }) => (users ? total_usage / users : null),
  adoption: ({ total_usage, adoption }) => (total_usage ? adoption : null),
};

/** The rows in the order that is asked for. */
export const sortedFeatures = (rows: FeatureRow[], { sort, order }: Sorted<FeatureSort>): FeatureRow[] =>
  sortRows(rows, values[sort], order);
