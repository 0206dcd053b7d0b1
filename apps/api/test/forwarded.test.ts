import { beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import { makeTenant, origin, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
let proxied: typeof api.app;
const waits: number[] = [];
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  const reach = { trustProxy: true, secret: "s".repeat(43) };
  proxied = createApp({ db: api.db, log: createLog("silent"), reach, wait: async (ms) => void waits.push(ms) });
});

/** A call that comes from the machine of `peer`, with what it says of whom it forwards. */
const call = (app: typeof api.app, peer: string, name: string, input: object, headers: Record<string, string>) =>
  app.request(
    `${origin}/trpc/${name}`,
    {
      method: "POST",
      headers: { origin, "content-type": "application/json", ...headers },
      body: JSON.stringify(input),
    },
    { incoming: { socket: { remoteAddress: peer } } } as never,
  );
const signIn = (app: typeof api.app, peer: string, forwardedFor: string, password = "a long password") =>
  call(
    app,
    peer,
    "access.signIn",
    { email: `analyst@${tenant.canary}.example`, password },
    { "x-forwarded-for": forwardedFor },
  );
const newestOf = async (table: string, time: string) =>
  (await api.database.pool.query(`select host(ip) as ip from ${table} order by ${time} desc limit 1`)).rows[0].ip;

test("behind a trusted proxy a session and the audit log have the address that the proxy saw, not one that a visitor made up", async () => {
  expect((await signIn(proxied, "10.0.0.1", "198.51.100.66, 203.0.113.9")).status).toBe(200);
  expect(await newestOf("auth.sessions", "created_at")).toBe("203.0.113.9");
  expect(await newestOf("audit_log", "id")).toBe("203.0.113.9");
  const key = { name: "k", source: "s", scopes: ["metrics.read"] };
  const owner = tenant.members.owner.headers;
  const made = await call(proxied, "10.0.0.1", "keys.create", key, { ...owner, "x-forwarded-for": "2001:db8::7" });
  expect(made.status).toBe(200);
  expect(await newestOf("audit_log", "id")).toBe("2001:db8::7");
});

test("without a trusted proxy both have the machine that asked, whatever it says", async () => {
  for (const said of ["203.0.113.9", "203.0.113.9, 203.0.113.10", "::1"]) {
    expect((await signIn(api.app, "192.0.2.44", said)).status).toBe(200);
    expect(await newestOf("auth.sessions", "created_at")).toBe("192.0.2.44");
    expect(await newestOf("audit_log", "id")).toBe("192.0.2.44");
  }
});

test("guesses are counted by the address that counts: a made-up one opens no new count, a proxy's visitors have their own", async () => {
  const guess = async (app: typeof api.app, peer: string, said: string) =>
    (await signIn(app, peer, said, "wrong")).status;
  for (let tries = 0; tries < 10; tries++) expect(await guess(api.app, "192.0.2.1", `198.51.100.${tries}`)).toBe(401);
  expect(await guess(api.app, "192.0.2.1", "198.51.100.200")).toBe(429);
  await api.database.pool.query("delete from auth.rate_limits");
  for (let tries = 0; tries < 10; tries++)
    expect(await guess(proxied, "10.0.0.1", `198.51.100.${tries}, 203.0.113.20`)).toBe(401);
  expect(await guess(proxied, "10.0.0.1", "198.51.100.200, 203.0.113.20")).toBe(429);
});
