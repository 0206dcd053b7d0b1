import { account } from "@twin/contracts/account";
import {
  endOtherLogins,
  endOwnLogin,
  readOwnAccount,
  renameAccount,
  replacePassword,
} from "@twin/db/access/own-account";
import { memberAlone } from "@twin/db/access/viewer";
import { implement } from "../implement.ts";
import { t } from "../trpc.ts";

const done = { ok: true } as const;

export const accountRouter = t.router({
  read: implement(account.read).query(({ ctx }) =>
    readOwnAccount(ctx.db, memberAlone(ctx.actor), ctx.token ?? "", ctx.now),
  ),
  rename: implement(account.rename).mutation(async ({ ctx, input }) => {
    await renameAccount(ctx.db, memberAlone(ctx.actor), input);
    return done;
  }),
  changePassword: implement(account.changePassword).mutation(async ({ ctx, input }) => {
    const keep = ctx.cookieJar();
    const { token, device } = await replacePassword(ctx.db, memberAlone(ctx.actor), input, ctx);
    keep(token, device);
    return done;
  }),
  endLogin: implement(account.endLogin).mutation(async ({ ctx, input }) => {
    await endOwnLogin(ctx.db, memberAlone(ctx.actor), input);
    return done;
  }),
  endOtherLogins: implement(account.endOtherLogins).mutation(async ({ ctx }) => ({
    ended: await endOtherLogins(ctx.db, memberAlone(ctx.actor), ctx.token ?? ""),
  })),
});
