import { activities } from "@twin/contracts/activities";
import { listFacets } from "@twin/db/activities/facets";
import { getActivity, revealActivity } from "@twin/db/activities/get";
import { listActivities } from "@twin/db/activities/list";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const activitiesRouter = t.router({
  list: implement(activities.list).query(({ ctx, input }) => listActivities(ctx.db, ctx.actor, input, ctx.now)),
  get: implement(activities.get).query(({ ctx, input }) => getActivity(ctx.db, ctx.actor, input, ctx.now)),
  reveal: implement(activities.reveal).mutation(({ ctx, input }) => revealActivity(ctx.db, ctx.actor, input, ctx.now)),
  facets: implement(activities.facets).query(({ ctx, input }) => listFacets(ctx.db, ctx.actor, input, ctx.now)),
});
