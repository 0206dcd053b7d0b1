import { access } from "@twin/contracts/access";
import { createOwner, readSignInState } from "@twin/db/access/create-owner";
import { askPasswordLetter } from "@twin/db/access/letters";
import { readPasswordLink, setPassword } from "@twin/db/access/links";
import { signIn, signOut, signOutEverywhere } from "@twin/db/access/sign-in";
import { readViewer, selectOrganization } from "@twin/db/access/viewer";
import { implement, implementPublic } from "../implement.ts";
import { t } from "../trpc.ts";

const done = { ok: true } as const;

export const accessRouter = t.router({
  state: implementPublic(access.state).query(({ ctx }) => readSignInState(ctx.db, ctx)),
  signIn: implementPublic(access.signIn).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await signIn(ctx.db, input, { ...ctx, previous: ctx.token });
    keep(token, device);
    return done;
  }),
  createOwner: implementPublic(access.createOwner).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await createOwner(ctx.db, input, ctx);
    keep(token, device);
    return done;
  }),
  passwordLink: implementPublic(access.passwordLink).query(({ ctx, input }) => readPasswordLink(ctx.db, input)),
  setPassword: implementPublic(access.setPassword).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await setPassword(ctx.db, input, ctx);
    keep(token, device);
    return done;
  }),
  askPasswordLetter: implementPublic(access.askPasswordLetter).mutation(async ({ ctx, input }) => {
    await askPasswordLetter(ctx.db, input, ctx);
    return done;
  }),
  signOut: implement(access.signOut).mutation(async ({ ctx }) => {
    const keep = ctx.cookieJar();
    if (ctx.actor.kind === "member" && ctx.token) await signOut(ctx.db, ctx.actor, ctx.token);
    keep(null);
    return done;
  }),
  signOutEverywhere: implement(access.signOutEverywhere).mutation(async ({ ctx }) => {
    const keep = ctx.cookieJar();
    if (ctx.actor.kind === "member") await signOutEverywhere(ctx.db, ctx.actor);
    keep(null);
    return done;
  }),
  viewer: implement(access.viewer).query(({ ctx }) => readViewer(ctx.db, ctx.actor)),
  selectOrganization: implement(access.selectOrganization).mutation(async ({ ctx, input }) => {
    await selectOrganization(ctx.db, ctx.actor, input, ctx.token ?? "");
    return done;
  }),
});
