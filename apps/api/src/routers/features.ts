import { features } from "@twin/contracts/features";
import { readFeatures } from "@twin/db/features/usage";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const featuresRouter = t.router({
  usage: implement(features.usage).query(({ ctx, input }) => readFeatures(ctx.db, ctx.actor, input)),
});
