import type pg from "pg";
import type { Figures } from "./reference.ts";
import { countsOf } from "./stored.ts";

/**
 * Sums over people: "day platform" and its counts, "day feature" and its uses, "twin month" and its activities; and over
 * days: "period start" and who was active in it.
 */
export type Sums = {
  platforms: Record<string, Record<string, number>>;
  features: Record<string, number>;
  twins: Record<string, number>;
  periods: Record<string, number[]>;
};

/** What the facts of a history add up to, added one by one. */
export function sumsOf({ userDays, features, sets }: Figures): Sums {
  const sums: Sums = { platforms: {}, features: {}, twins: {}, periods: {} };
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
  for (const [key, people] of Object.entries(sets)) {
    const [kind, day] = key.split(" ") as [string, string];
    if (kind !== "active") continue;
    const at = new Date(`${day}T00:00:00Z`);
    const monday = new Date(at.getTime() - ((at.getUTCDay() + 6) % 7) * 86_400_000).toISOString().slice(0, 10);
    for (const period of [`week ${monday}`, `month ${day.slice(0, 7)}-01`])
      sums.periods[period] = [...new Set([...(sums.periods[period] ?? []), ...people])].sort();
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
  const periods = await read(
    "select period, start_date::text as start, bits::text as bits from active_periods where org_id = $1 and lane = 0",
  );
  const person = new Map(
    (await read("select n, email from users where org_id = $1")).map(({ n, email }) => [
      n,
      Number(/\d+/.exec(email)![0]),
    ]),
  );
  return {
    platforms: Object.fromEntries(platforms.map((row) => [`${row["day"]} ${row["platform"]}`, countsOf(row)])),
    features: Object.fromEntries(features.map((row) => [`${row["day"]} ${row["feature_name"]}`, row["usage_count"]])),
    periods: Object.fromEntries(
      periods.map(({ period, start, bits }) => [
        `${period} ${start}`,
        [...(bits as string)].flatMap((bit, n) => (bit === "1" ? [person.get(n)!] : [])).sort(),
      ]),
    ),
    twins: Object.fromEntries(
      twins.map(({ name, month, activities }) => [`${/\d+/.exec(name)![0]} ${month}`, activities]),
    ),
  };
}
