import { ingest } from "@twin/contracts/ingest";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const ingestRouter = t.router({
  batch: implement(ingest.batch).mutation(({ ctx, input }) => recordBatch(ctx.db, ctx.actor, input, { now: ctx.now })),
});
