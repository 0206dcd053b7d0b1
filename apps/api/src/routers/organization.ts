import { organization } from "@twin/contracts/organization";
import { setTimeZone } from "@twin/db/figures/backfills/set-time-zone";
import { setViewerTitles } from "@twin/db/tenancy/organizations/set-viewer-titles";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const organizationRouter = t.router({
  setTimeZone: implement(organization.setTimeZone).mutation(({ ctx, input }) =>
    setTimeZone(ctx.db, ctx.actor, input, ctx.now),
  ),
  setViewerTitles: implement(organization.setViewerTitles).mutation(({ ctx, input }) =>
    setViewerTitles(ctx.db, ctx.actor, input),
  ),
});
