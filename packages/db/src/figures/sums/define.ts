import { factColumns } from "../tables.ts";

/** A stored sum of facts: what it should be (`fresh`), for all rows `d` that `within` selects. */
export type StoredSum = {
  table: string;
  key: readonly string[];
  columns: readonly string[];
  /** Common table expressions, `fresh` among them: key and columns. */
  with: string;
  within: string;
};

/** A zero for each column, in SQL. */
export const zeros = (columns: readonly string[]) => columns.map(() => "0").join(", ");

/** What all people together did on the days `$2`, by platform. */
export const storedPlatformDays: StoredSum = {
  table: "platform_days",
  key: ["day", "platform"],
  columns: factColumns,
  with: `fresh as materialized (
      select day, platform, ${factColumns.map((column) => `sum(${column})::bigint as ${column}`).join(", ")}
      from user_days where org_id = $1 and day = any ($2::date[]) group by day, platform
      having (${factColumns.map((column) => `sum(${column})`).join(", ")}) <> (${zeros(factColumns)})
    )`,
  within: "d.day = any ($2::date[])",
};

/** What all people together used on the days `$2`. */
export const storedFeatureDays: StoredSum = {
  table: "feature_days",
  key: ["day", "feature_name"],
  columns: ["usage_count"],
  with: `fresh as materialized (
      select usage_date as day, feature_name, sum(usage_count)::int as usage_count
      from feature_usage where org_id = $1 and usage_date = any ($2::date[]) group by usage_date, feature_name
    )`,
  within: "d.day = any ($2::date[])",
};
