import { beforeAll, expect, test } from "vitest";
import type { rest } from "@twin/contracts/rest";
import { permissionsFor } from "@twin/contracts/procedure";
import { scopes } from "@twin/contracts/vocabulary";
import { cases, procedures } from "./cases.ts";
import { firstEvent, makeTenant, queryOf, readEvents, sessionOf, type Tenant, useApi } from "./world.ts";

const isScope = (permission: string) => (scopes as readonly string[]).includes(permission);

const api = useApi();
let a: Tenant;
let b: Tenant;
beforeAll(async () => {
  a = await makeTenant(api, "alpha");
  b = await makeTenant(api, "beta");
  await api.database.pool.query("update organizations set figures_at = '2001-02-03 04:05:06Z' where id = $1", [
    a.org_id,
  ]);
  await api.database.pool.query("update organizations set figures_at = '2002-02-03 04:05:06Z' where id = $1", [
    b.org_id,
  ]);
});

const holdsNothingOf = (tenant: Tenant, text: string, asked: unknown) => {
  // What the caller sent itself may come back in an error.
  const given = JSON.stringify(asked ?? null);
  for (const trace of [
    tenant.canary,
    tenant.everything.id,
    tenant.ids.user,
    tenant.ids.twin,
    ...tenant.ids.activities,
  ]) {
    if (!given.includes(trace)) expect(text).not.toContain(trace);
  }
};

test("every procedure has a case, and no case is left over", () => {
  expect(Object.keys(cases).sort()).toEqual(procedures.map(([name]) => name).sort());
});

for (const [name, { type, access }] of procedures) {
  test(`${name}: tenant B with tenant A's ids finds nothing of A`, async () => {
    const { input, stranger, endsSession } = cases[name]!;
    const asked = input(a);
    const owner = endsSession ? await sessionOf(api, b.accounts.owner, b.org_id) : b.members.owner;
    if (type === "subscription") {
      const text = await readEvents(api, owner, name, firstEvent, queryOf(asked));
      holdsNothingOf(a, text, asked);
      if (typeof stranger === "string") {
        expect(text).toContain(`"code":"${stranger}"`);
        return;
      }
      expect(text).toContain("2002-02-03T04:05:06.000Z");
      expect(text).not.toContain("2001-");
      return;
    }
    for (const caller of [owner, b.everything]) {
      const answer = await api.call(caller, name, asked, type);
      holdsNothingOf(a, answer.text, asked);
      const scoped = access !== "public" && access !== "member" && permissionsFor(access).some((one) => isScope(one));
      if (caller === b.everything && access !== "public" && !scoped) {
        expect(answer.problem.code).toBe("FORBIDDEN");
      } else if (typeof stranger === "string") {
        expect(answer.problem, answer.text).toMatchObject({ code: stranger });
      } else {
        expect(answer.value, answer.text).toBeDefined();
        expect(stranger(answer.value, a), answer.text).toBe(true);
      }
      if (endsSession) break;
    }
    b.members.owner = await sessionOf(api, b.accounts.owner, b.org_id);
  });
}

test("the same over REST, and A itself finds what B does not", async () => {
  const paths: Record<keyof typeof rest, (tenant: Tenant) => string> = {
    "GET /metrics": ({ ids }) => `/metrics?user=${ids.user}`,
    "GET /activities": ({ canary }) => `/activities?user=${encodeURIComponent(`${canary}@${canary}.example`)}`,
    "GET /activities/{id}": ({ ids }) => `/activities/${ids.activities[0]}?reason=curious`,
    "POST /activities/{id}/reading": ({ ids }) => `/activities/${ids.activities[0]}/reading`,
    "GET /annotations": () => "/annotations?start_date=1970-01-01&end_date=9998-12-31",
    "POST /annotations": () => "/annotations",
    "POST /annotations/{id}/removal": ({ ids }) => `/annotations/${ids.annotation}/removal`,
    "GET /charts/activity": () => "/charts/activity",
    "GET /retention": () => "/retention",
    "GET /features/usage": () => "/features/usage",
    "GET /engagement": () => "/engagement",
    "GET /users/{user_id}/months": ({ ids }) => `/users/${ids.user}/months`,
    "POST /ingest": () => "/ingest",
  };
  for (const [route, path] of Object.entries(paths)) {
    const asked = path(a);
    const body = { method: "POST", body: '{"reason":"curious","records":[]}' };
    const init = route.startsWith("POST") ? { ...body, headers: { "content-type": "application/json" } } : {};
    for (const caller of [b.members.owner, b.everything])
      holdsNothingOf(a, (await api.fetch(caller, `/api${asked}`, init)).text, asked);
    if (!route.includes("/activities/{id}")) continue;
    const own = await api.fetch(a.everything, `/api${asked}`, init);
    expect(own.body).toMatchObject({ masked: false });
    expect(own.text).toContain(a.canary);
    const strange = await api.fetch(b.everything, `/api${asked}`, init);
    expect(strange).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  }
});

test("B has changed nothing of A by all of this, nor left a reading in its audit", async () => {
  const count = async (table: string, org_id: number) =>
    Number((await api.database.pool.query(`select count(*) from ${table} where org_id = $1`, [org_id])).rows[0].count);
  expect(await count("messages", a.org_id)).toBe(2);
  expect(await count("twins", a.org_id)).toBe(1);
  expect(await count("auth.api_keys", a.org_id)).toBe(1);
  const readings = await api.database.pool.query("select org_id from audit_log where action = 'content.read'");
  expect(readings.rows).toEqual([{ org_id: a.org_id }, { org_id: a.org_id }]);
});
