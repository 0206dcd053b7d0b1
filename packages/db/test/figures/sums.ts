import type pg from "pg";
import { factColumns } from "../../src/metrics/facts.ts";
import type { Figures } from "./reference.ts";

/** Sums over people: "day platform" and its counts, "day feature" and its uses, "twin month" and its activities. */
export type Sums = {
  platforms: Record<string, Record<string, number>>;
  features: Record<string, number>;
  twins: Record<string, number>;
};

/** What the facts of a history add up to, added one by one. */
export function sumsOf({ userDays, features }: Figures): Sums {
  const sums: Sums = { platforms: {}, features: {}, twins: {} };
  const activities = ["conversations", "query_activities", "document_activities", "shared_activities"];
  for (const [key, counts] of Object.entries(userDays)) {
    const [day, , twin, platform] = key.split(" ") as [string, string, string, string];
    const row = (sums.platforms[`${day} ${platform}`] ??= {});
    for (const [column, count] of Object.entries(counts)) {
      row[column] = (row[column] ?? 0) + count;
      if (!activities.includes(column)) continue;
      const month = `${twin} ${day.slice(0, 7)}`;
      sums.twins[month] = (sums.twins[month] ?? 0) + count;
    }
  }
  for (const [key, { count }] of Object.entries(features)) {
    const [day, , feature] = key.split(" ") as [string, string, string];
    sums.features[`${day} ${feature}`] = (sums.features[`${day} ${feature}`] ?? 0) + count;
  }
  return sums;
}

/** What is stored of them; twins by the number in their name. */
export async function storedSums(pool: pg.Pool, org_id: number): Promise<Sums> {
  const read = async (text: string) => (await pool.query(text, [org_id])).rows;
  const platforms = await read("select *, day::text as day from platform_days where org_id = $1");
  const features = await read("select *, day::text as day from feature_days where org_id = $1");
  const twins = await read(
    `select t.name, to_char(m.month, 'YYYY-MM') as month, m.activities from twin_months m
     join twins t on t.org_id = $1 and t.id = m.twin_id where m.org_id = $1`,
  );
  return {
    platforms: Object.fromEntries(
      platforms.map((row) => [
        `${row["day"]} ${row["platform"]}`,
        Object.fromEntries(
          factColumns.map((column) => [column, Number(row[column])] as const).filter(([, count]) => count > 0),
        ),
      ]),
    ),
    features: Object.fromEntries(features.map((row) => [`${row["day"]} ${row["feature_name"]}`, row["usage_count"]])),
    twins: Object.fromEntries(
      twins.map(({ name, month, activities }) => [`${/\d+/.exec(name)![0]} ${month}`, activities]),
    ),
  };
}
