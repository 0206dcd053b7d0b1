import { setTimeout as sleep } from "node:timers/promises";
import { access } from "@twin/contracts/access";
import { createOwner, readSignInState } from "@twin/db/access/create-owner";
import { createKey, listKeys, revokeKey } from "@twin/db/access/keys";
import { signIn, signOut, signOutEverywhere } from "@twin/db/access/sign-in";
import { readViewer, selectOrganization } from "@twin/db/access/viewer";
import { DomainError } from "@twin/db/errors";
import { implement, implementPublic } from "../implement.ts";
import { type Context, t } from "../trpc.ts";

const done = { ok: true } as const;

/** A guess waits here, not in the database; who waits while the process stops is told to come again. */
const waitOf =
  ({ stopping }: Pick<Context, "stopping">) =>
  (ms: number): Promise<void> =>
    sleep(ms, undefined, { signal: stopping }).catch(() => {
      throw new DomainError("UNAVAILABLE", "the server is stopping: try again in a few seconds");
    });

export const accessRouter = t.router({
  state: implementPublic(access.state).query(({ ctx }) => readSignInState(ctx.db, ctx)),
  signIn: implementPublic(access.signIn).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await signIn(ctx.db, input, { ...ctx, previous: ctx.token, wait: waitOf(ctx) });
    keep(token, device);
    return done;
  }),
  createOwner: implementPublic(access.createOwner).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    keep((await createOwner(ctx.db, input, ctx)).token);
    return done;
  }),
  signOut: implement(access.signOut).mutation(async ({ ctx }) => {
    const keep = ctx.cookieJar();
    if (ctx.token) await signOut(ctx.db, ctx.token);
    keep(null);
    return done;
  }),
  signOutEverywhere: implement(access.signOutEverywhere).mutation(async ({ ctx }) => {
    const keep = ctx.cookieJar();
    if (ctx.actor.kind === "member") await signOutEverywhere(ctx.db, ctx.actor.account_id);
    keep(null);
    return done;
  }),
  viewer: implement(access.viewer).query(({ ctx }) => readViewer(ctx.db, ctx.actor)),
  selectOrganization: implement(access.selectOrganization).mutation(async ({ ctx, input }) => {
    await selectOrganization(ctx.db, ctx.actor, input, ctx.token ?? "");
    return done;
  }),
  listKeys: implement(access.listKeys).query(({ ctx }) => listKeys(ctx.db, ctx.actor)),
  createKey: implement(access.createKey).mutation(({ ctx, input }) => createKey(ctx.db, ctx.actor, input)),
  revokeKey: implement(access.revokeKey).mutation(({ ctx, input }) => revokeKey(ctx.db, ctx.actor, input)),
});
