import { organization } from "@twin/contracts/organization";
import { makeDemonstration } from "@twin/db/demonstration/make";
import { removeDemonstration } from "@twin/db/demonstration/remove";
import { setTimeZone } from "@twin/db/figures/backfills/set-time-zone";
import { setViewerTitles } from "@twin/db/tenancy/organizations/set-viewer-titles";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const organizationRouter = t.router({
  makeDemonstration: implement(organization.makeDemonstration).mutation(({ ctx }) =>
    makeDemonstration(ctx.db, ctx.actor),
  ),
  removeDemonstration: implement(organization.removeDemonstration).mutation(async ({ ctx, input }) => {
    await removeDemonstration(ctx.db, ctx.actor, input);
    return { ok: true } as const;
  }),
  setTimeZone: implement(organization.setTimeZone).mutation(({ ctx, input }) =>
    setTimeZone(ctx.db, ctx.actor, input, ctx.now),
  ),
  setViewerTitles: implement(organization.setViewerTitles).mutation(({ ctx, input }) =>
    setViewerTitles(ctx.db, ctx.actor, input),
  ),
});
