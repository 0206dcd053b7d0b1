import { ingest } from "@twin/contracts/ingest";
import { recordTogether } from "@twin/db/records/ingest/record-together";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const ingestRouter = t.router({
  batch: implement(ingest.batch).mutation(({ ctx, input }) =>
    recordTogether(ctx.db, ctx.actor, input, { now: ctx.now, bytes: ctx.bytes() }),
  ),
});
