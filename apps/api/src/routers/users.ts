import { users } from "@twin/contracts/users";
import { askErasure } from "@twin/db/privacy/erasures/ask";
import { liftTombstone } from "@twin/db/privacy/erasures/lift";
import { readPrivacy } from "@twin/db/privacy/erasures/privacy";
import { listErasures, readErasureReceipt } from "@twin/db/privacy/erasures/receipt";
import { undoErasure } from "@twin/db/privacy/erasures/undo";
import { requestExport } from "@twin/db/privacy/exports/request";
import { listUserDays } from "@twin/db/people/users/days";
import { getUser } from "@twin/db/people/users/get";
import { listUsers } from "@twin/db/people/users/list";
import { listUserMonths } from "@twin/db/people/users/months";
import { listUserSessions } from "@twin/db/activities/list-user-sessions";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

export const usersRouter = t.router({
  list: implement(users.list).query(({ ctx, input }) => listUsers(ctx.db, ctx.actor, input, ctx.now)),
  get: implement(users.get).query(({ ctx, input }) => getUser(ctx.db, ctx.actor, input, ctx.now)),
  days: implement(users.days).query(({ ctx, input }) => listUserDays(ctx.db, ctx.actor, input, ctx.now)),
  months: implement(users.months).query(({ ctx, input }) => listUserMonths(ctx.db, ctx.actor, input, ctx.now)),
  sessions: implement(users.sessions).query(({ ctx, input }) => listUserSessions(ctx.db, ctx.actor, input, ctx.now)),
  privacy: implement(users.privacy).query(({ ctx, input }) => readPrivacy(ctx.db, ctx.actor, input, ctx.now)),
  erase: implement(users.erase).mutation(({ ctx, input }) => askErasure(ctx.db, ctx.actor, input, ctx.now)),
  requestExport: implement(users.requestExport).mutation(({ ctx, input }) =>
    requestExport(ctx.db, ctx.actor, input, ctx.now),
  ),
  undoErasure: implement(users.undoErasure).mutation(({ ctx, input }) =>
    undoErasure(ctx.db, ctx.actor, input, ctx.now),
  ),
  erasures: implement(users.erasures).query(({ ctx }) => listErasures(ctx.db, ctx.actor, ctx.now)),
  receipt: implement(users.receipt).query(({ ctx, input }) => readErasureReceipt(ctx.db, ctx.actor, input, ctx.now)),
  liftTombstone: implement(users.liftTombstone).mutation(({ ctx, input }) => liftTombstone(ctx.db, ctx.actor, input)),
});
