import { keys } from "@twin/contracts/keys";
import { createKey, listKeys, revokeKey } from "@twin/db/access/keys";
import { rotateKey } from "@twin/db/access/rotate-key";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const keysRouter = t.router({
  list: implement(keys.list).query(({ ctx }) => listKeys(ctx.db, ctx.actor)),
  create: implement(keys.create).mutation(({ ctx, input }) => createKey(ctx.db, ctx.actor, input, ctx.now)),
  rotate: implement(keys.rotate).mutation(({ ctx, input }) => rotateKey(ctx.db, ctx.actor, input, ctx.now)),
  revoke: implement(keys.revoke).mutation(({ ctx, input }) => revokeKey(ctx.db, ctx.actor, input)),
});
