import { addDays } from "@twin/contracts/calendar";
import { type Actor, inTenant } from "../src/tenancy/actor.ts";
import type { Database } from "../src/postgres/connect.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { verifyOrganization } from "../src/figures/verify.ts";
import type { Loaded } from "./load/load.ts";
import { timed } from "./timing.ts";

export type Sample = { marks: number; person_days: number; seconds: number; written: number; differences: number };

/** Days of the sample, before the last one with history. */
const sampled = { rollup: 14, verify: 2 };

/**
 * Holds the loaded figures, which were filled a month at a time, against the product: its own rollup over some days must
 * find nothing to write, and `verify` no difference. The pace of that rollup is what a first fill by it would cost.
 */
export async function checkSample(db: Database, actor: Actor, { anchor }: Loaded): Promise<Sample> {
  const now = new Date(`${anchor}T12:00:00Z`);
  const [marked] = await inTenant(db, actor, (tx) =>
    tx.query<{ marks: number }>({
      text: `with marked as (
          insert into ops.dirty_log (org_id, day, n, received_at)
          select distinct org_id, day, n, '-infinity'::timestamptz from user_days where org_id = $1 and day >= $2 and day < $3 returning seq
        ) select count(*)::int as marks from marked`,
      values: [actor.org_id, addDays(anchor, -30 - sampled.rollup), addDays(anchor, -30)],
    }),
  );
  const { ms, result } = await timed(() => rollupOrganization(db, actor, { now }));
  let differences = 0;
  for await (const difference of verifyOrganization(db, actor, {
    now,
    from: addDays(anchor, -30 - sampled.verify),
    to: addDays(anchor, -30),
  })) {
    if (differences++ < 5) process.stdout.write(`${JSON.stringify(difference)}\n`);
  }
  return {
    marks: marked!.marks,
    person_days: result.person_days,
    seconds: ms / 1_000,
    written: result.rows,
    differences,
  };
}
