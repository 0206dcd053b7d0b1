import { beforeAll, expect, test } from "vitest";
import { makeTenant, origin, sessionOf, type Caller, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
  await api.database.pool.query("update organizations set figures_at = now()");
});

/** A stream that has begun; `ended` resolves to how long it lasted from now on. */
async function listen(caller: Caller): Promise<{ first: string; ended: Promise<void>; stop(): void }> {
  const stop = new AbortController();
  const response = await api.app.request(`${origin}/trpc/live.figures`, {
    headers: { ...caller.headers, accept: "text/event-stream" },
    signal: stop.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let first = "";
  while (!/"as_of"|serialized-error\ndata: .+\n/.test(first)) {
    const { done, value } = await reader.read();
    if (done) break;
    first += value;
  }
  const ended = (async () => {
    while (!(await reader.read()).done);
  })().catch(() => {});
  return { first, ended, stop: () => stop.abort() };
}

const endings: [what: string, caller: () => Promise<Caller>, end: (caller: Caller) => Promise<unknown>][] = [
  [
    "sign-out",
    () => sessionOf(api, tenant.accounts.analyst, tenant.org_id),
    (caller) => api.call(caller, "access.signOut", {}, "mutation"),
  ],
  [
    "sign-out everywhere",
    () => sessionOf(api, tenant.accounts.admin, tenant.org_id),
    async () => {
      const elsewhere = await sessionOf(api, tenant.accounts.admin, tenant.org_id);
      return api.call(elsewhere, "access.signOutEverywhere", {}, "mutation");
    },
  ],
  [
    "a change of role",
    () => sessionOf(api, tenant.accounts.viewer, tenant.org_id),
    () =>
      api.database.pool.query("update auth.memberships set role = 'analyst' where account_id = $1", [
        tenant.accounts.viewer,
      ]),
  ],
  [
    "the revocation of its key",
    () => tenant.key(["metrics.read"]),
    (caller) =>
      api.call(tenant.members.owner, "keys.revoke", { id: (caller as Caller & { id: string }).id }, "mutation"),
  ],
];

for (const [what, signIn, end] of endings) {
  test(`a stream ends within 5 s of ${what}, and others go on`, async () => {
    const caller = await signIn();
    const streams = await Promise.all([listen(caller), listen(caller), listen(caller)]);
    const other = await listen(tenant.members.owner);
    let otherEnded = false;
    void other.ended.then(() => (otherEnded = true));
    for (const { first } of streams) expect(first).toContain("as_of");
    await end(caller);
    const began = performance.now();
    await Promise.all(streams.map(({ ended }) => ended));
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(otherEnded).toBe(false);
    other.stop();
  });
}

test("a session has ten streams; one that was closed makes room, and another session has its own", async () => {
  const [one, other] = [
    await sessionOf(api, tenant.accounts.owner, tenant.org_id),
    await sessionOf(api, tenant.accounts.owner, tenant.org_id),
  ];
  const streams = await Promise.all(Array.from({ length: 10 }, () => listen(one)));
  for (const { first } of streams) expect(first).toContain("as_of");
  expect((await listen(one)).first).toContain("TOO_MANY_REQUESTS");
  const elsewhere = await listen(other);
  expect(elsewhere.first).toContain("as_of");
  streams[0]!.stop();
  await streams[0]!.ended;
  await expect.poll(async () => (await listen(one)).first, { timeout: 10_000 }).toContain("as_of");
  for (const { stop } of [...streams, elsewhere]) stop();
});
