import type { Tx } from "../../tenancy/actor.ts";
import { compare, type Difference, personWaits, type Scope } from "../compare.ts";
import { retentionFromFacts } from "./define.ts";

/** Compares the stored retention of people `ns` with their facts. */
export async function compareRetention(
  tx: Tx,
  ns: readonly number[],
  { today, figures_day }: Scope,
): Promise<Difference[]> {
  const columns = ["cohort_date", "day_1_active", "day_7_active", "day_30_active", "total_sessions"];
  const values = [tx.org_id, ns.filter((n) => n > 0), today];
  // A flag of a day that ended after the last rollup is set by the next one (`markDueFlags`).
  const flags = [1, 7, 30].map(
    (days) => `case when r.day_${days}_active is null and r.cohort_date + ${days} >= $4::date then x.day_${days}_active
      else r.day_${days}_active end as day_${days}_active`,
  );
  const retention = await compare(tx, {
    table: "user_retention",
    with: retentionFromFacts,
    stored: `select r.n, r.cohort_date, ${flags.join(", ")}, r.total_sessions
      from user_retention r left join retained x on x.n = r.n where r.org_id = $1 and r.n = any ($2)`,
    fresh: `select n, ${columns.join(", ")} from retained`,
    key: ["n"],
    columns,
    waits: personWaits,
    values: [...values, figures_day],
  });
  const firstDays = await compare(tx, {
    table: "users",
    with: retentionFromFacts,
    stored: "select n, stored_first_day as first_day from person where user_id is not null",
    fresh: "select n, first_day from person where user_id is not null",
    key: ["n"],
    columns: ["first_day"],
    waits: personWaits,
    values,
  });
  return [...retention, ...firstDays];
}
