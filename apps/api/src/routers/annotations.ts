import { annotations } from "@twin/contracts/annotations";
import { createAnnotation } from "@twin/db/figures/annotations/create";
import { listAnnotations } from "@twin/db/figures/annotations/list";
import { removeAnnotation } from "@twin/db/figures/annotations/remove";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const annotationsRouter = t.router({
  list: implement(annotations.list).query(({ ctx, input }) => listAnnotations(ctx.db, ctx.actor, input)),
  create: implement(annotations.create).mutation(({ ctx, input }) =>
    createAnnotation(ctx.db, ctx.actor, input, ctx.now),
  ),
  remove: implement(annotations.remove).mutation(({ ctx, input }) => removeAnnotation(ctx.db, ctx.actor, input)),
});
