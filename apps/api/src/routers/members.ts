import { members } from "@twin/contracts/members";
import { acceptInvitation, invite, readInvitation, revokeInvitation } from "@twin/db/access/invitations";
import { changeMember, handOver, listMembers, removeMember } from "@twin/db/access/members";
import { implement, implementPublic } from "../implement.ts";
import { t } from "../trpc.ts";

const done = { ok: true } as const;

export const membersRouter = t.router({
  list: implement(members.list).query(({ ctx }) => listMembers(ctx.db, ctx.actor, ctx)),
  invite: implement(members.invite).mutation(({ ctx, input }) => invite(ctx.db, ctx.actor, input, ctx)),
  revokeInvitation: implement(members.revokeInvitation).mutation(async ({ ctx, input }) => {
    await revokeInvitation(ctx.db, ctx.actor, input);
    return done;
  }),
  change: implement(members.change).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { member, token } = await changeMember(ctx.db, ctx.actor, input, ctx);
    if (token !== null) keep(token);
    return member;
  }),
  remove: implement(members.remove).mutation(async ({ ctx, input }) => {
    await removeMember(ctx.db, ctx.actor, input);
    return done;
  }),
  handOver: implement(members.handOver).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { member, token } = await handOver(ctx.db, ctx.actor, input, ctx);
    if (token !== null) keep(token);
    return member;
  }),
  invitation: implementPublic(members.invitation).query(({ ctx, input }) => readInvitation(ctx.db, input)),
  accept: implementPublic(members.accept).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await acceptInvitation(ctx.db, input, { ...ctx, previous: ctx.token });
    keep(token, device);
    return done;
  }),
});
