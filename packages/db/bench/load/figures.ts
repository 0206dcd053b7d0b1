import { type Actor, inTenant } from "../../src/actor.ts";
import type { Database } from "../../src/connect.ts";
import { readCalendar } from "../../src/metrics/local-days.ts";
import { announce } from "../../src/metrics/rollup.ts";
import { storeDailyMetrics } from "../../src/metrics/store-days.ts";
import type { Lane } from "../../src/metrics/store-people.ts";
import { storeActivePeriods, storeDaySums } from "../../src/metrics/store-sums.ts";

/** What the rollup makes of an organisation's facts over all people, by its own steps. */
export async function storeFiguresOf(db: Database, actor: Actor, now: Date): Promise<void> {
  await inTenant(db, actor, async (tx) => {
    await tx.query({ text: "set local jit = off; set local plan_cache_mode = force_custom_plan" });
    const rows = await tx.query<{ day: string }>({
      text: "select distinct day from user_days where org_id = $1 order by day",
      values: [tx.org_id],
    });
    const days = rows.map(({ day }) => day);
    await storeDaySums(tx, days);
    const lanes = await tx.query<Lane>({
      text: "select day, lane from day_users where org_id = $1 and kind = 'active'",
      values: [tx.org_id],
    });
    await storeActivePeriods(tx, lanes);
    const marks = days.map((day) => ({ day, own: true, received_at: null }));
    await storeDailyMetrics(tx, marks, (await readCalendar(tx, now)).day_rule, now, null);
  });
  await announce(db, actor, true);
}
