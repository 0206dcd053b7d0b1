import { rest } from "@twin/contracts/rest";
import { permissions, type Role, roles, type Scope, scopes } from "@twin/contracts/vocabulary";
import { beforeAll, describe, expect, test } from "vitest";
import { cases, procedures } from "./cases.ts";
import {
  type Caller,
  firstEvent,
  makeTenant,
  nobody,
  queryOf,
  readEvents,
  sessionOf,
  type Tenant,
  useApi,
} from "./world.ts";

// Written down here a second time, so that a change of the contract or of a role's permissions says so in a test.
const all: readonly Role[] = ["owner", "admin", "analyst", "viewer", "ops"];
const readers: readonly Role[] = ["owner", "admin", "analyst", "viewer"];
const operators: readonly Role[] = ["owner", "admin", "ops"];
const administrators: readonly Role[] = ["owner", "admin"];
type Allowed = "anyone" | { roles: readonly Role[]; scopes: readonly Scope[] };
const member: Allowed = { roles: all, scopes: [] };
const figures: Allowed = { roles: readers, scopes: ["metrics.read"] };
const lists: Allowed = { roles: readers, scopes: ["activities.read"] };
const readsContent: Allowed = { roles: administrators, scopes: ["content.read"] };
const answersPeople: Allowed = { roles: administrators, scopes: [] };
const ownerAlone: Allowed = { roles: ["owner"], scopes: [] };
const administers: Allowed = { roles: administrators, scopes: [] };
const annotates: Allowed = { roles: [...administrators, "analyst"], scopes: ["annotations.write"] };
const operates: Allowed = { roles: operators, scopes: [] };
const seesJobs: Allowed = { roles: [...operators, "analyst"], scopes: ["jobs.read"] };
const startsJobs: Allowed = { roles: operators, scopes: ["jobs.write"] };
const mayCall: Record<string, Allowed> = {
  "access.state": "anyone",
  "access.signIn": "anyone",
  "access.createOwner": "anyone",
  "access.passwordLink": "anyone",
  "access.setPassword": "anyone",
  "access.askPasswordLetter": "anyone",
  "access.signOut": member,
  "access.signOutEverywhere": member,
  "access.viewer": member,
  "access.selectOrganization": member,
  "account.read": member,
  "account.rename": member,
  "account.changePassword": member,
  "account.endLogin": member,
  "account.endOtherLogins": member,
  "activities.list": lists,
  "activities.get": lists,
  "activities.facets": lists,
  "activities.reveal": readsContent,
  "annotations.list": lists,
  "annotations.create": annotates,
  "annotations.remove": annotates,
  "archives.list": operates,
  "archives.verify": operates,
  "archives.restore": operates,
  "archives.dropRestored": operates,
  "audit.list": administers,
  "audit.noteFile": { roles: [...administrators, "analyst"], scopes: [] },
  "audit.state": administers,
  "audit.verify": administers,
  "backfills.plan": startsJobs,
  "backfills.start": startsJobs,
  "backfills.list": seesJobs,
  "backfills.get": seesJobs,
  "backfills.cancel": startsJobs,
  "backfills.resume": startsJobs,
  "backfills.diff": seesJobs,
  "backfills.progress": seesJobs,
  "charts.activity": figures,
  "engagement.read": figures,
  "features.usage": figures,
  "features.events": lists,
  "features.firstUse": figures,
  "features.together": figures,
  "ingest.batch": { roles: administrators, scopes: ["ingest.write"] },
  "jobs.status": { roles: all, scopes: ["metrics.read", "jobs.read"] },
  "keys.create": administers,
  "keys.list": administers,
  "keys.revoke": administers,
  "keys.rotate": administers,
  "lifecycle.policies": operates,
  "lifecycle.previewPolicy": operates,
  "lifecycle.setPolicy": operates,
  "lifecycle.cancelPending": operates,
  "lifecycle.holds": operates,
  "lifecycle.placeHold": answersPeople,
  "lifecycle.liftHold": ownerAlone,
  "lifecycle.plan": operates,
  "lifecycle.forecast": operates,
  "lifecycle.storage": operates,
  "lifecycle.runs": operates,
  "lifecycle.start": operates,
  "live.figures": figures,
  "members.accept": "anyone",
  "members.change": administers,
  "members.handOver": ownerAlone,
  "members.invitation": "anyone",
  "members.invite": administers,
  "members.list": administers,
  "members.remove": administers,
  "members.revokeInvitation": administers,
  "metrics.breakdowns": figures,
  "metrics.daily": figures,
  "organization.makeDemonstration": ownerAlone,
  "organization.removeDemonstration": ownerAlone,
  "organization.setTimeZone": administers,
  "organization.setViewerTitles": administers,
  "people.behind": lists,
  "receipts.read": figures,
  "retention.read": figures,
  "sessions.list": lists,
  "twins.get": figures,
  "twins.list": figures,
  "twins.setOwner": administers,
  "twins.sharing": figures,
  "users.days": lists,
  "users.erase": answersPeople,
  "users.erasures": answersPeople,
  "users.get": lists,
  "users.liftTombstone": ownerAlone,
  "users.list": lists,
  "users.months": lists,
  "users.privacy": answersPeople,
  "users.receipt": answersPeople,
  "users.requestExport": answersPeople,
  "users.sessions": lists,
  "users.undoErasure": answersPeople,
};

const api = useApi();
let tenant: Tenant;
let stranger: Tenant;
let callers: { name: string; may(allowed: Exclude<Allowed, "anyone">): boolean; make(): Promise<Caller> }[];
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  stranger = await makeTenant(api, "globex");
  await api.database.pool.query("update organizations set figures_at = now()");
  const keys = new Map<string, Caller>();
  for (const scope of scopes) keys.set(scope, await tenant.key([scope]));
  const expired = await tenant.key(scopes);
  await api.database.pool.query("update auth.api_keys set expires_at = now() - interval '1 second' where id = $1", [
    expired.id,
  ]);
  const revoked = await tenant.key(scopes);
  await api.database.pool.query("update auth.api_keys set revoked_at = now() where id = $1", [revoked.id]);
  const { secret } = tenant.everything;
  const unknown = {
    headers: { authorization: `Bearer ${secret.slice(0, -1)}${secret.endsWith("0") ? "1" : "0"}` },
  };
  const always = (name: string, caller: Caller, allowed: boolean | null) => ({
    name,
    may: ({ scopes: some }: Exclude<Allowed, "anyone">) => allowed ?? some.length > 0,
    make: async () => caller,
  });
  callers = [
    always("nobody", nobody, false),
    always("an expired key", expired, false),
    always("a revoked key", revoked, false),
    always("an unknown key", unknown, false),
    always("a cookie that nobody gave", { headers: { cookie: "twin_session=made-up" } }, false),
    always("a key with every scope", await tenant.key(scopes), null),
    ...roles.map((role) => ({
      name: `the role ${role}`,
      may: (allowed: Exclude<Allowed, "anyone">) => allowed.roles.includes(role),
      // Some calls end the session that they come with.
      make: () => sessionOf(api, tenant.accounts[role], tenant.org_id),
    })),
    ...scopes.map((scope) => ({
      name: `a key with ${scope} alone`,
      may: (allowed: Exclude<Allowed, "anyone">) => allowed.scopes.includes(scope),
      make: async () => keys.get(scope)!,
    })),
  ];
});

// A stream that is allowed would go on for ever: it is read until its first value or refusal.
const ask = async (caller: Caller, name: string, type: string, input: unknown) => {
  if (type !== "subscription") return api.call(caller, name, input, type);
  const text = await readEvents(api, caller, name, firstEvent, queryOf(input));
  const [, error] = /serialized-error\ndata: (.*)/.exec(text) ?? [];
  const problem = error && JSON.parse(error).data.problem;
  return { status: problem ? (problem.status as number) : 200, problem };
};
const refused = (status: number) => status === 401 || status === 403;

test("who may call is written down here for every procedure, and for nothing else", () => {
  expect(Object.keys(mayCall).sort()).toEqual(procedures.map(([name]) => name).sort());
  for (const scope of scopes) expect(permissions).toContain(scope);
});

describe.each(procedures)("%s", (name, { type }) => {
  const allowed = mayCall[name]!;

  if (allowed === "anyone") {
    test("asks nobody who they are", async () => {
      const { problem } = await ask(nobody, name, type, cases[name]!.input(tenant));
      expect(problem?.detail ?? "").not.toMatch(/sign in, or send/);
    });
    return;
  }

  test("lets in whom it is for, and nobody else, whoever the ids belong to", async () => {
    for (const { name: who, may, make } of callers) {
      for (const of of [tenant, stranger]) {
        const { status, problem } = await ask(await make(), name, type, cases[name]!.input(of));
        const said = `${who}, ids of ${of.slug}: ${status} ${problem?.detail}`;
        // Some answers to whoever is let in are refusals, too: of addresses, or of passwords typed to confirm.
        const shut = refused(status) && !problem?.errors?.length;
        expect(shut, said).toBe(!may(allowed));
        if (shut)
          expect(problem.detail, said).toMatch(
            /^(your role|the API key lacks|only a signed-in|this is for signed-in people|sign in|the session|this API key|no such API key)/,
          );
      }
    }
  });
});

// Paths are the same procedures; that each asks for the same is held here, from outside, over all of them.
test("every REST path lets in exactly whom its procedure lets in", async () => {
  for (const [route, name] of Object.entries(rest)) {
    const [method, path] = route.split(" ") as [string, string];
    const headers = { "content-type": "application/json" };
    for (const { name: who, may, make } of callers) {
      for (const of of [tenant, stranger]) {
        const body = JSON.stringify(cases[name]!.input(of));
        const init = method === "POST" ? { method, body, headers } : {};
        const address = `/api${path.replace("{id}", of.ids.activities[0]!)}`;
        const { status, text } = await api.fetch(await make(), address, init);
        expect(refused(status), `${route} for ${who}, ids of ${of.slug}: ${status} ${text}`).toBe(
          !may(mayCall[name] as Exclude<Allowed, "anyone">),
        );
      }
    }
  }
});

test("a key that was revoked or has expired says so, also beside a good cookie", async () => {
  const cookie = (await sessionOf(api, tenant.accounts.owner, tenant.org_id)).headers;
  for (const [name, detail] of [
    ["a revoked key", "this API key was revoked"],
    ["an expired key", "this API key expired"],
  ] as const) {
    const { headers } = await callers.find((one) => one.name === name)!.make();
    const answer = await api.fetch({ headers: { ...cookie, ...headers } }, "/api/activities");
    expect(answer).toMatchObject({
      status: 401,
      body: { code: "UNAUTHORIZED", detail: expect.stringContaining(detail) },
    });
    expect(answer.headers.get("www-authenticate")).toBe("Bearer");
  }
  for (const authorization of ["Bearer", "Basic eA==", "Bearer twin_x"])
    expect((await api.fetch({ headers: { authorization } }, "/api/activities")).status).toBe(401);
});

test("a session that ended gets 401", async () => {
  const caller = await sessionOf(api, tenant.accounts.viewer, tenant.org_id);
  expect((await api.call(caller, "access.viewer", {})).value.role).toBe("viewer");
  await api.call(caller, "access.signOut", {}, "mutation");
  expect((await api.call(caller, "access.viewer", {})).status).toBe(401);
});
