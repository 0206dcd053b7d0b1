import { twins } from "@twin/contracts/twins";
import { getTwin } from "@twin/db/figures/twins/get";
import { listTwins } from "@twin/db/figures/twins/list";
import { setTwinOwner } from "@twin/db/figures/twins/set-owner";
import { readSharing } from "@twin/db/figures/twins/sharing";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const twinsRouter = t.router({
  list: implement(twins.list).query(({ ctx, input }) => listTwins(ctx.db, ctx.actor, input, ctx.now)),
  get: implement(twins.get).query(({ ctx, input }) => getTwin(ctx.db, ctx.actor, input, ctx.now)),
  setOwner: implement(twins.setOwner).mutation(({ ctx, input }) => setTwinOwner(ctx.db, ctx.actor, input, ctx.now)),
  sharing: implement(twins.sharing).query(({ ctx, input }) => readSharing(ctx.db, ctx.actor, input, ctx.now)),
});
