import { sql } from "drizzle-orm";
import { inTenant } from "../../tenancy/actor.ts";
import { statement } from "../../postgres/statement.ts";
import { countErasure } from "../../privacy/erasures/count.ts";
import { enqueueErasure } from "../../privacy/erasures/enqueue.ts";
import { readHoldOn } from "../../privacy/erasures/hold.ts";
import { erasureParams, erasureRow, selectErasures, readErasures } from "../../privacy/erasures/state.ts";
import { readUser } from "../../people/users/find.ts";
import { readRowSizes, weigh } from "../../policies/row-sizes.ts";
import type { Step } from "../step.ts";

const erasuresBefore = statement(
  "lifecycle.erasures_before_cut",
  { ...erasureParams, cut: "timestamptz" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where (e.status = 'erasing' or e.status = 'asked' and (e.immediately or e.asked_at < ${p.cut}))`,
  { plan: "each" },
);

const anyDueErasure = statement(
  "lifecycle.any_due_erasure",
  { ...erasureParams, now: "timestamptz" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where (e.status = 'erasing' or e.status = 'asked' and e.due_at <= ${p.now}) limit 1`,
  { plan: "each" },
);

/** Queues the erasure of people whose grace is over. It is a job of its own, with a receipt for each person. */
export const deletedUsersStep: Step = {
  data_type: "deleted_users",
  async plan(tx, { cut }) {
    const due = await readErasures(tx, new Date(cut), (given) => erasuresBefore({ ...given, cut }));
    const tables: Record<string, number> = {};
    for (const { user_id } of due) {
      const user = await readUser(tx, user_id);
      if (!user || (await readHoldOn(tx, user_id)) !== null) continue;
      for (const [table, { erased = 0, emptied = 0 }] of Object.entries(await countErasure(tx, user)))
        if (erased + emptied > 0) tables[table] = (tables[table] ?? 0) + erased + emptied;
    }
    return { tables, bytes: weigh(tables, await readRowSizes(tx)).bytes, first_day: null, last_day: null };
  },
  async run(db, actor, { now }) {
    await inTenant(db, actor, async (tx) => {
      const due = await readErasures(tx, now, (given) => anyDueErasure({ ...given, now: now.toISOString() }));
      if (due.length > 0) await enqueueErasure(tx);
    });
    return { status: "done" };
  },
};
