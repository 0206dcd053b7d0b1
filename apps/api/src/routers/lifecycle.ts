import { lifecycle } from "@twin/contracts/lifecycle";
import { startLifecycle } from "@twin/db/lifecycle/start";
import { forecastLifecycle } from "@twin/db/lifecycle/forecast";
import { listPolicies } from "@twin/db/lifecycle/list-policies";
import { liftHold, listHolds, placeHold } from "@twin/db/lifecycle/manage-holds";
import { planLifecycle } from "@twin/db/lifecycle/plan";
import { listRuns } from "@twin/db/lifecycle/runs";
import { cancelPending, previewPolicy, setPolicy } from "@twin/db/lifecycle/set-policy";
import { readStorage } from "@twin/db/lifecycle/storage";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const lifecycleRouter = t.router({
  policies: implement(lifecycle.policies).query(({ ctx, input }) => listPolicies(ctx.db, ctx.actor, input, ctx.now)),
  previewPolicy: implement(lifecycle.previewPolicy).query(({ ctx, input }) =>
    previewPolicy(ctx.db, ctx.actor, input, ctx.now),
  ),
  setPolicy: implement(lifecycle.setPolicy).mutation(({ ctx, input }) => setPolicy(ctx.db, ctx.actor, input, ctx.now)),
  cancelPending: implement(lifecycle.cancelPending).mutation(({ ctx, input }) =>
    cancelPending(ctx.db, ctx.actor, input, ctx.now),
  ),
  holds: implement(lifecycle.holds).query(({ ctx }) => listHolds(ctx.db, ctx.actor)),
  placeHold: implement(lifecycle.placeHold).mutation(({ ctx, input }) => placeHold(ctx.db, ctx.actor, input, ctx.now)),
  liftHold: implement(lifecycle.liftHold).mutation(({ ctx, input }) => liftHold(ctx.db, ctx.actor, input, ctx.now)),
  plan: implement(lifecycle.plan).query(({ ctx, input }) => planLifecycle(ctx.db, ctx.actor, input, ctx.now)),
  forecast: implement(lifecycle.forecast).query(({ ctx, input }) =>
    forecastLifecycle(ctx.db, ctx.actor, input, ctx.now),
  ),
  storage: implement(lifecycle.storage).query(({ ctx, input }) => readStorage(ctx.db, ctx.actor, input, ctx.now)),
  runs: implement(lifecycle.runs).query(({ ctx, input }) => listRuns(ctx.db, ctx.actor, input)),
  start: implement(lifecycle.start).mutation(({ ctx }) => startLifecycle(ctx.db, ctx.actor)),
});
