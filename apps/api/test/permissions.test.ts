import { permissionsFor } from "@twin/contracts/procedure";
import { permissions, permissionsOf, type Role, roles, scopes } from "@twin/contracts/vocabulary";
import { addKey, revokeKey } from "@twin/db/access/keys";
import { beforeAll, expect, test } from "vitest";
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

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  await api.database.pool.query("update organizations set figures_at = now()");
});

// A stream that is allowed would go on for ever: it is read until its first value or refusal.
const ask = async (caller: Caller, name: string, type: string) => {
  if (type !== "subscription") return api.call(caller, name, cases[name]!.input(tenant), type);
  const text = await readEvents(api, caller, name, firstEvent, queryOf(cases[name]!.input(tenant)));
  const [, error] = /serialized-error\ndata: (.*)/.exec(text) ?? [];
  const problem = error && JSON.parse(error).data.problem;
  return { status: problem ? (problem.status as number) : 200, problem };
};
const as = (role: Role) => sessionOf(api, tenant.accounts[role], tenant.org_id);
const refused = (status: number) => status === 401 || status === 403;

for (const [name, { access, type }] of procedures) {
  if (access === "public") {
    test(`${name} asks nobody who they are`, async () => {
      const { problem } = await ask(nobody, name, type);
      expect(problem?.detail ?? "").not.toMatch(/sign in, or send/);
    });
    continue;
  }
  const wanted = access === "member" ? [] : permissionsFor(access);
  const named = wanted.join(" or ");
  test(`${name} is for ${named || access} alone, by role and by key`, async () => {
    expect((await ask(nobody, name, type)).status).toBe(401);
    for (const role of roles) {
      const caller = await as(role);
      const { status, problem } = await ask(caller, name, type);
      const may = access === "member" || wanted.some((one) => permissionsOf(role).includes(one));
      expect(refused(status), `${role}: ${status} ${problem?.detail}`).toBe(!may);
      if (!may) expect(problem).toMatchObject({ code: "FORBIDDEN", detail: expect.stringContaining(named) });
    }
    const others = scopes.filter((scope) => !(wanted as readonly string[]).includes(scope));
    const without = await ask(await tenant.key(others), name, type);
    expect(without.status).toBe(403);
    if (access !== "member") expect(without.problem.detail).toContain(`the API key lacks the scope ${named}`);
    for (const scope of scopes.filter((one) => (wanted as readonly string[]).includes(one)))
      expect(refused((await ask(await tenant.key([scope]), name, type)).status)).toBe(false);
  });
}

test("every permission that an entry asks for exists, and no scope is beyond the permissions", () => {
  for (const [, { access }] of procedures)
    expect(["public", "member", ...permissions]).toEqual(expect.arrayContaining([access].flat()));
  for (const scope of scopes) expect(permissions).toContain(scope);
});

test("a revoked, an expired and an unknown key get 401, also beside a good cookie", async () => {
  const { id, headers } = await tenant.key(["activities.read"]);
  expect((await api.fetch({ headers }, "/api/activities")).status).toBe(200);
  const owner = {
    kind: "member",
    org_id: tenant.org_id,
    account_id: tenant.accounts.owner,
    name: "o",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "r",
  } as const;
  await revokeKey(api.db, owner, { id });
  const revoked = await api.fetch({ headers }, "/api/activities");
  expect(revoked).toMatchObject({ status: 401, body: { code: "UNAUTHORIZED", detail: "this API key was revoked" } });
  expect(revoked.headers.get("www-authenticate")).toBe("Bearer");
  const expired = await addKey(api.db, tenant.org_id, {
    name: "k",
    source: "s",
    scopes: ["activities.read"],
    expires_at: "2026-01-01T00:00:00Z",
  });
  const both = { headers: { authorization: `Bearer ${expired.key}`, ...(await as("owner")).headers } };
  expect(await api.fetch(both, "/api/activities")).toMatchObject({
    status: 401,
    body: { detail: expect.stringContaining("expired") },
  });
  for (const authorization of [
    "Bearer",
    "Basic eA==",
    "Bearer twin_x",
    `Bearer ${headers.authorization!.slice(7, -1)}0`,
  ]) {
    expect((await api.fetch({ headers: { authorization } }, "/api/activities")).status).toBe(401);
  }
});

test("a session that ended gets 401", async () => {
  const caller = await as("viewer");
  expect((await api.call(caller, "access.viewer", {})).value.role).toBe("viewer");
  await api.call(caller, "access.signOut", {}, "mutation");
  expect((await api.call(caller, "access.viewer", {})).status).toBe(401);
});
