import { type Actor, inTenant } from "../../src/tenancy/actor.ts";
import type { Database } from "../../src/postgres/connect.ts";
import { readCalendar } from "../../src/tenancy/calendar/local-days.ts";
import { announce } from "../../src/figures/rollup.ts";
import { storeDailyMetrics } from "../../src/figures/days/store.ts";
import { storeDaySums } from "../../src/figures/sums/store.ts";
import type { BitmapChunk } from "../../src/figures/bitmaps/define.ts";
import { storeActivePeriods } from "../../src/figures/bitmaps/store.ts";

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
    const chunks = await tx.query<BitmapChunk>({
      text: "select day, lane from day_users where org_id = $1 and kind = 'active'",
      values: [tx.org_id],
    });
    await storeActivePeriods(tx, chunks);
    const marks = days.map((day) => ({ day, own: true, received_at: null }));
    await storeDailyMetrics(tx, marks, (await readCalendar(tx, now)).day_rule, now, null);
  });
  await announce(db, actor, true);
}
