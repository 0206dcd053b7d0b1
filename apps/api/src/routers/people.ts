import { people } from "@twin/contracts/people";
import { listPeopleBehind } from "@twin/db/figures/people-behind/behind";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const peopleRouter = t.router({
  behind: implement(people.behind).query(({ ctx, input }) => listPeopleBehind(ctx.db, ctx.actor, input, ctx.now)),
});
