import { beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import type { Reach } from "../src/visitor.ts";
import { makeTenant, nobody, origin, type Parsed, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

/** A proxy that we trust stands in front, and people open this address. */
const behind = (url: string): Reach => ({ trustProxy: true, publicUrl: new URL(url), secret: "s".repeat(43) });

const signIn = (
  headers: Record<string, string> = {},
  path = `${origin}/trpc/access.signIn`,
  password = "a long password",
) =>
  api.app.request(path, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ email: `analyst@${tenant.canary}.example`, password }),
  });

test("signing in gives an HttpOnly cookie and never shows the token in the body", async () => {
  const response = await signIn({ origin });
  const [cookie, device] = response.headers.getSetCookie() as [string, string];
  expect(cookie).toMatch(/^twin_session=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(device).toMatch(/^twin_device=[\w.-]{87}; Max-Age=34560000; Path=\/; HttpOnly; SameSite=Lax$/);
  expect(await response.text()).not.toContain(cookie.slice(13, 56));
  const viewer = await api.call({ headers: { cookie: cookie.split(";")[0]! } }, "access.viewer", {});
  expect(viewer.value).toMatchObject({ role: "analyst", organization: { slug: "acme", timezone: "Europe/Berlin" } });
  const out = await api.call({ headers: { cookie: cookie.split(";")[0]! } }, "access.signOut", {}, "mutation");
  expect(out.headers.get("set-cookie")).toMatch(/^twin_session=; Max-Age=0;/);
});

test("behind a trusted proxy on https the cookie is __Host- and Secure, and a plain one counts for nothing", async () => {
  const app = createApp({ db: api.db, log: createLog("silent"), reach: behind("https://twin.example") });
  const proxied = { host: "twin.example", "x-forwarded-proto": "https" };
  const response = await app.request("http://twin.example/trpc/access.signIn", {
    method: "POST",
    headers: { ...proxied, origin: "https://twin.example", "content-type": "application/json" },
    body: JSON.stringify({ email: `analyst@${tenant.canary}.example`, password: "a long password" }),
  });
  const [cookie] = response.headers.getSetCookie() as [string];
  expect(cookie).toMatch(/^__Host-twin_session=[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
  const token = cookie.slice(20, 63);
  const ask = (sent: string) =>
    app.request("http://twin.example/trpc/access.viewer?input={}", { headers: { ...proxied, cookie: sent } });
  expect((await ask(`__Host-twin_session=${token}`)).status).toBe(200);
  expect((await ask(`twin_session=${token}`)).status).toBe(401);
});

const post = (app: typeof api.app, url: string, path: string, input: object, headers: Record<string, string> = {}) =>
  app.request(`${url}/trpc/${path}`, {
    method: "POST",
    headers: { host: new URL(url).host, origin: url, "content-type": "application/json", ...headers },
    body: JSON.stringify(input),
  });
const credentials = () => ({ email: `analyst@${tenant.canary}.example`, password: "a long password" });
const stored = async () =>
  (
    await api.database.pool.query(`select (select count(*) from auth.sessions) as sessions,
      (select count(*) from auth.accounts) as accounts, (select count(*) from organizations) as organizations`)
  ).rows[0];

test("what is refused on the way in was not done: no session, account or organisation over plain http or by a foreign name", async () => {
  const before = await stored();
  const open = createApp({
    db: api.db,
    log: createLog("silent"),
    reach: { ...behind("http://10.0.0.5:3000"), trustProxy: false },
  });
  const owner = {
    email: "attacker@evil.example",
    password: "a long password",
    full_name: "A",
    organization_name: "Evil",
    slug: "evil",
    timezone: "UTC",
  };
  const ways: [typeof api.app, string, number, RegExp][] = [
    [open, "http://10.0.0.5:3000", 403, /signing in needs https/],
    [open, "http://evil.example", 421, /this server is http:\/\/10\.0\.0\.5:3000/],
    [api.app, "http://evil.example:3000", 421, /set PUBLIC_URL/],
    [api.app, "http://127.0.0.1.evil.example", 421, /set PUBLIC_URL/],
  ];
  for (const [app, url, status, reason] of ways) {
    for (const [path, input] of [
      ["access.signIn", credentials()],
      ["access.createOwner", owner],
      ["access.setPassword", { token: "t", password: "a long password" }],
    ] as const) {
      const response = await post(app, url, path, input);
      expect(response.status, `${url} ${path}`).toBe(status);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(await response.text()).toMatch(reason);
    }
  }
  expect(await stored()).toEqual(before);
  expect((await open.request("http://10.1.1.1:3000/healthz", { headers: { host: "10.1.1.1:3000" } })).status).toBe(200);
});

test("forwarding headers count for nothing without a trusted proxy, from this machine neither", async () => {
  const forged = { "x-forwarded-for": "198.51.100.7", "x-forwarded-proto": "https", forwarded: "for=198.51.100.7" };
  const bindings = { incoming: { socket: { remoteAddress: "127.0.0.1" } } } as never;
  const response = await api.app.request(
    `${origin}/trpc/access.signIn`,
    {
      method: "POST",
      headers: { origin, "content-type": "application/json", ...forged },
      body: JSON.stringify(credentials()),
    },
    bindings,
  );
  expect(response.headers.getSetCookie()[0]).toMatch(/^twin_session=/);
  const { rows } = await api.database.pool.query(
    "select host(ip) as ip from auth.sessions order by created_at desc limit 1",
  );
  expect(rows).toEqual([{ ip: "127.0.0.1" }]);
});

test("a change by cookie needs the page's own origin; a read and a key do not", async () => {
  const change = (headers: Record<string, string>) =>
    api.app.request(`${origin}/trpc/keys.create`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ name: "k", source: "s", scopes: ["metrics.read"] }),
    });
  const { cookie } = tenant.members.owner.headers as { cookie: string };
  for (const wrong of [
    {},
    { origin: "http://evil.example" },
    { origin: "null" },
    { origin: "https://127.0.0.1:3000" },
    { origin: "http://127.0.0.1:3001" },
  ]) {
    const response = await change({ cookie, ...(wrong as Record<string, string>) });
    expect(response.status, JSON.stringify(wrong)).toBe(403);
    expect(await response.json()).toMatchObject({ code: "FORBIDDEN" });
  }
  expect((await change({ cookie, origin })).status).toBe(200);
  // Signing in from another site's page would put its visitor into somebody else's account.
  expect((await signIn({ origin: "http://evil.example" })).status).toBe(403);
  expect((await signIn()).status).toBe(200);
  expect(
    (await api.app.request(`${origin}/api/activities`, { headers: { cookie, origin: "http://evil.example" } })).status,
  ).toBe(200);
  const ingest = await api.app.request(`${origin}/api/ingest`, {
    method: "POST",
    headers: { ...tenant.everything.headers, "content-type": "application/json" },
    body: '{"records":[]}',
  });
  expect(ingest.status).toBe(200);
});

test("no answer allows another origin", async () => {
  for (const method of ["GET", "OPTIONS"]) {
    const response = await api.app.request(`${origin}/api/activities`, {
      method,
      headers: { origin: "http://evil.example", "access-control-request-method": "GET" },
    });
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  }
});

test("too many wrong passwords of one network: 429 with Retry-After and RateLimit headers, and slower before", async () => {
  const bindings = { incoming: { socket: { remoteAddress: "203.0.113.9" } } } as never;
  const guess = () =>
    api.app.request(
      `${origin}/trpc/access.signIn`,
      {
        method: "POST",
        headers: { origin, "content-type": "application/json" },
        body: JSON.stringify({ ...credentials(), password: "wrong" }),
      },
      bindings,
    );
  api.waits.length = 0;
  let last = await guess();
  for (let i = 0; i < 10; i++) last = await guess();
  expect(api.waits.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
  expect(last.status).toBe(429);
  expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(800);
  expect(last.headers.get("ratelimit-limit")).toBe("10");
  expect(last.headers.get("ratelimit-remaining")).toBe("0");
  expect(((await last.json()) as Parsed).error.data.problem.code).toBe("TOO_MANY_REQUESTS");
});

test("every answer has a request id, the caller's where it is a sensible one", async () => {
  expect((await api.fetch(nobody, "/healthz")).headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  const kept = await api.fetch(nobody, "/api/metrics", { headers: { "x-request-id": "trace-12345" } });
  expect(kept.body.request_id).toBe("trace-12345");
  const changed = await api.fetch(nobody, "/api/metrics", { headers: { "x-request-id": "<script>" } });
  expect(changed.body.request_id).not.toContain("script");
});

test("a call that is refused before its procedure is reached names its request, too", async () => {
  const { owner } = tenant.members;
  const refused = [
    await api.fetch(owner, "/trpc/access.signOut", { method: "POST", body: "{}" }),
    await api.fetch(owner, "/trpc/access.signOut"),
    await api.fetch(owner, `/trpc/${Array.from({ length: 11 }, () => "jobs.status").join(",")}?batch=1`),
  ];
  expect(refused.map(({ status }) => status)).toEqual([415, 405, 400]);
  for (const { body, headers } of refused) expect(body.error.data.problem.request_id).toBe(headers.get("x-request-id"));
});

test("answers carry the headers that keep a browser from misusing them", async () => {
  for (const path of ["/healthz", "/api/metrics", "/api/openapi.json", "/docs", "/trpc/access.state?input={}"]) {
    const { headers } = await api.fetch(nobody, path);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("cache-control")).toBeTruthy();
  }
});

test("the log has one line a request, with its id, organisation and status, and nothing secret or personal", async () => {
  api.lines.length = 0;
  await api.fetch(tenant.everything, `/api/activities?user=someone@${tenant.canary}.example`);
  await signIn({ origin, "x-request-id": "log-request-1" }, undefined, "my secret password");
  expect(api.lines[0]).toMatchObject({
    level: "info",
    method: "GET",
    route: "/api/activities",
    status: 400,
    org_id: tenant.org_id,
    actor: "service",
  });
  expect(api.lines[1]).toMatchObject({ request_id: "log-request-1", route: "/trpc/access.signIn" });
  const text = JSON.stringify(api.lines);
  for (const secret of [tenant.everything.secret, "someone@", "my secret password", `analyst@${tenant.canary}`])
    expect(text).not.toContain(secret);
});

test("the log tells the route that was asked for, and no letter of the address that somebody typed", async () => {
  const asked: [string, string][] = [
    ["/api/activities/secret@x", "/api/activities/:id"],
    ["/api/exports/secret?reason=secret", "/api/exports/:id"],
    ["/api/people/secret@x", "unmatched"],
    ["/api/secret%40x", "unmatched"],
    ["/secret", "unmatched"],
    ["/trpc/secret.secret?input=secret", "/trpc/unmatched"],
    ["/trpc/access.state,secret%2Caccess.state?batch=1", "/trpc/access.state,unmatched,access.state"],
    ["/docs?secret", "/docs"],
    ["/healthz", "/healthz"],
  ];
  for (const method of ["GET", "POST", "HEAD", "PUT"])
    for (const [path, route] of asked) {
      api.lines.length = 0;
      await api.fetch(tenant.everything, path, { method });
      expect(JSON.stringify(api.lines), `${method} ${path}`).not.toContain("secret");
      // A path that takes another method is one that isn't there, or the one that says so.
      if (method === "GET") expect(api.lines, path).toMatchObject([{ msg: "request", route }]);
    }
});

test("batched calls are answered one by one, and a batch has a bound", async () => {
  const names = Array.from({ length: 3 }, () => "access.state")
    .concat("activities.list")
    .join(",");
  const batch = await api.fetch(
    nobody,
    `/trpc/${names}?batch=1&input=${encodeURIComponent(JSON.stringify({ 0: {}, 1: {}, 2: {}, 3: {} }))}`,
  );
  expect(batch.status).toBe(207);
  expect(batch.body.map((one: { error?: { data: { code: string } } }) => one.error?.data.code ?? "ok")).toEqual([
    "ok",
    "ok",
    "ok",
    "UNAUTHORIZED",
  ]);
  const many = (calls: number) => {
    const input = JSON.stringify(Object.fromEntries(Array.from({ length: calls }, (_, i) => [i, {}])));
    const paths = Array.from({ length: calls }, () => "access.state").join(",");
    return api.fetch(nobody, `/trpc/${paths}?batch=1&input=${encodeURIComponent(input)}`);
  };
  expect((await many(10)).status).toBe(200);
  expect((await many(11)).status).toBe(400);
});

test("health says alive, and readiness says what is missing", async () => {
  expect(await api.fetch(nobody, "/healthz")).toMatchObject({ status: 200, body: { ok: true } });
  const without = await api.fetch(nobody, "/readyz");
  expect(without).toMatchObject({
    status: 503,
    body: { ready: false, database: true, migrations: true, worker: false },
  });
  const worker = await api.database.pool.connect();
  await worker.query("select pg_advisory_lock(hashtext('twin: worker'), hashtext('test'))");
  expect(await api.fetch(nobody, "/readyz")).toMatchObject({ status: 200, body: { ready: true, worker: true } });
  await worker.query("select pg_advisory_unlock_all()");
  worker.release();
});
