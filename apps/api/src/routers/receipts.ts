import { receipts } from "@twin/contracts/receipts";
import { readProvenance } from "@twin/db/figures/provenance/read";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const receiptsRouter = t.router({
  read: implement(receipts.read).query(({ ctx, input }) => readProvenance(ctx.db, ctx.actor, input, ctx.now)),
});
