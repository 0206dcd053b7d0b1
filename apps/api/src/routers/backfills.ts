import { backfills } from "@twin/contracts/backfills";
import { cancelBackfill } from "@twin/db/figures/backfills/cancel";
import { diffBackfill } from "@twin/db/figures/backfills/diff";
import { listBackfills } from "@twin/db/figures/backfills/list";
import { planBackfill } from "@twin/db/figures/backfills/plan";
import { getBackfill, stateOf, watchBackfill } from "@twin/db/figures/backfills/progress";
import { resumeBackfill } from "@twin/db/figures/backfills/resume";
import { startBackfill } from "@twin/db/figures/backfills/start";
import { implement, implementStream } from "../implement.ts";
import { t } from "../trpc.ts";

export const backfillsRouter = t.router({
  plan: implement(backfills.plan).query(({ ctx, input }) => planBackfill(ctx.db, ctx.actor, input, ctx.now)),
  start: implement(backfills.start).mutation(({ ctx, input }) => startBackfill(ctx.db, ctx.actor, input, ctx.now)),
  list: implement(backfills.list).query(({ ctx }) => listBackfills(ctx.db, ctx.actor)),
  get: implement(backfills.get).query(({ ctx, input }) => getBackfill(ctx.db, ctx.actor, input)),
  cancel: implement(backfills.cancel).mutation(({ ctx, input }) => cancelBackfill(ctx.db, ctx.actor, input)),
  resume: implement(backfills.resume).mutation(({ ctx, input }) => resumeBackfill(ctx.db, ctx.actor, input)),
  diff: implement(backfills.diff).query(({ ctx, input }) => diffBackfill(ctx.db, ctx.actor, input)),
  progress: implementStream(backfills.progress, stateOf, ({ ctx, input, signal }) =>
    watchBackfill(ctx.db, ctx.actor, input, signal),
  ),
});
