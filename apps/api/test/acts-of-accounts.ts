import { makePasswordLink } from "@twin/db/access/links";
import type { AuditAction } from "@twin/contracts/audit";
import { systemOf } from "@twin/db/test/actors";
import { expect } from "vitest";
import type { Call, Written } from "./acts-of-members.ts";
import { type Api, sessionOf, type Tenant } from "./world.ts";

const requestId = "audited-request";

/** How what is written down of accounts is caused: somebody signs in and out, is refused, and changes name and password. */
export function actsOfAccounts(api: Api, call: Call, acme: () => Tenant, globex: () => Tenant) {
  const account = (): Written => ({ object: ["account", acme().accounts.owner] });
  return {
    "account.make_password_link": async (): Promise<Written> => {
      await makePasswordLink(api.db, systemOf(acme().org_id), `owner@${acme().canary}.example`);
      return { by: "system", ...account() };
    },
    "session.begin": async (): Promise<Written> => {
      await call(
        "access.signIn",
        { email: `owner@${acme().canary}.example`, password: "a long password" },
        { headers: {} },
      );
      return account();
    },
    "session.switch": async (): Promise<Written> => {
      const elsewhere = await sessionOf(api, acme().accounts.owner, acme().org_id);
      await call("access.selectOrganization", { slug: "globex" }, elsewhere);
      return { ...account(), in: globex() };
    },
    "session.end": async (): Promise<Written> => {
      await call("access.signOut", {}, await sessionOf(api, acme().accounts.owner, acme().org_id));
      return account();
    },
    "session.end_all": async (): Promise<Written> => {
      await call("access.signOutEverywhere", {}, await sessionOf(api, acme().accounts.owner, acme().org_id));
      acme().members.owner = await sessionOf(api, acme().accounts.owner, acme().org_id);
      return account();
    },
    "session.end_others": async (): Promise<Written> => {
      const other = await sessionOf(api, acme().accounts.owner, acme().org_id);
      await call("account.endOtherLogins", {}, other);
      acme().members.owner = other;
      return account();
    },
    "session.refuse": async (): Promise<Written> => {
      const guess = { email: `owner@${acme().canary}.example`, password: "not the password" };
      await api.call({ headers: { "x-request-id": requestId } }, "access.signIn", guess, "mutation");
      const noted = "select from audit_log where org_id = $1 and action = 'session.refuse'";
      await expect.poll(async () => (await api.database.pool.query(noted, [acme().org_id])).rowCount).toBe(1);
      return { by: "system", ...account() };
    },
    "account.rename": async (): Promise<Written> => {
      await call("account.rename", { full_name: `${acme().canary} owner` });
      return account();
    },
    "account.change_password": async (): Promise<Written> => {
      const passwords = { current: "a long password", password: "another password" };
      await call("account.changePassword", passwords, await sessionOf(api, acme().accounts.owner, acme().org_id));
      acme().members.owner = await sessionOf(api, acme().accounts.owner, acme().org_id);
      return account();
    },
    "account.set_password": async (): Promise<Written> => {
      const token = await makePasswordLink(api.db, systemOf(acme().org_id), `owner@${acme().canary}.example`);
      await call("access.setPassword", { token, password: "a longer password" }, { headers: {} });
      acme().members.owner = await sessionOf(api, acme().accounts.owner, acme().org_id);
      return account();
    },
  } satisfies Partial<Record<AuditAction, () => Promise<Written>>>;
}
