import { features } from "@twin/contracts/features";
import { listFeatureEvents } from "@twin/db/activities/list-uses";
import { readFirstUse } from "@twin/db/figures/features/first-use";
import { readTogether } from "@twin/db/figures/features/together";
import { readFeatures } from "@twin/db/figures/features/usage";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const featuresRouter = t.router({
  usage: implement(features.usage).query(({ ctx, input }) => readFeatures(ctx.db, ctx.actor, input, ctx.now)),
  firstUse: implement(features.firstUse).query(({ ctx, input }) => readFirstUse(ctx.db, ctx.actor, input, ctx.now)),
  events: implement(features.events).query(({ ctx, input }) => listFeatureEvents(ctx.db, ctx.actor, input, ctx.now)),
  together: implement(features.together).query(({ ctx, input }) => readTogether(ctx.db, ctx.actor, input, ctx.now)),
});
