import { sessions } from "@twin/contracts/sessions";
import { listSessions } from "@twin/db/activities/list-sessions";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const sessionsRouter = t.router({
  list: implement(sessions.list).query(({ ctx, input }) => listSessions(ctx.db, ctx.actor, input, ctx.now)),
});
