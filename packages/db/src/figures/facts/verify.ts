import type { Tx } from "../../tenancy/actor.ts";
import { boundIds } from "../../tenancy/calendar/reach.ts";
import { compare, type Difference, personWaits, type Scope } from "../compare.ts";
import { factColumns } from "../tables.ts";
import { factsFromRaw, featuresFromRaw, pairsOfParameters } from "./define.ts";
import type { Pairs } from "./store.ts";

const factKey = ["day", "n", "twin_id", "platform"] as const;

const featureKey = ["usage_date", "n", "feature_name"] as const;

/** Compares `user_days` and `feature_usage` of people's days with raw rows. */
export async function comparePersonDays(tx: Tx, pairs: Pairs, { day_rule }: Scope): Promise<Difference[]> {
  const values = [tx.org_id, pairs.ns, pairs.days, day_rule, ...(await boundIds(tx, pairs.days))];
  const facts = await compare(tx, {
    table: "user_days",
    with: `${pairsOfParameters}, ${factsFromRaw}`,
    stored: `select ${factKey.map((column) => `d.${column}`).join(", ")}, ${factColumns.map((column) => `d.${column}::bigint`).join(", ")}
      from pair p join user_days d on d.org_id = $1 and d.day = p.day and d.n = p.n`,
    fresh: `select ${factKey.join(", ")}, ${factColumns.join(", ")} from fresh`,
    key: factKey,
    columns: factColumns,
    waits: personWaits,
    values,
  });
  const features = await compare(tx, {
    table: "feature_usage",
    with: `${pairsOfParameters}, ${factsFromRaw}, ${featuresFromRaw}`,
    stored: `select d.usage_date, d.n, d.feature_name, d.usage_count, d.last_used_at
      from pair p join feature_usage d on d.org_id = $1 and d.usage_date = p.day and d.n = p.n`,
    fresh: "select day as usage_date, n, feature_name, usage_count, last_used_at from used",
    key: featureKey,
    columns: ["usage_count", "last_used_at"],
    waits: personWaits,
    values,
  });
  return [...facts, ...features];
}
