import { archives } from "@twin/contracts/archives";
import { requestDropRestored } from "@twin/db/archives/drop-restored";
import { listArchives } from "@twin/db/archives/list";
import { requestRestore } from "@twin/db/archives/restore";
import { requestVerify } from "@twin/db/archives/verify";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const archivesRouter = t.router({
  list: implement(archives.list).query(({ ctx }) => listArchives(ctx.db, ctx.actor)),
  verify: implement(archives.verify).mutation(({ ctx, input }) => requestVerify(ctx.db, ctx.actor, input)),
  restore: implement(archives.restore).mutation(({ ctx, input }) =>
    requestRestore(ctx.db, ctx.actor, input, { now: ctx.now }),
  ),
  dropRestored: implement(archives.dropRestored).mutation(({ ctx, input }) =>
    requestDropRestored(ctx.db, ctx.actor, input),
  ),
});
