import { connect } from "@twin/db/postgres/connect";
import { beforeAll, expect, test } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import { makeTenant, origin, type Parsed, type Tenant, useApi } from "./world.ts";

const api = useApi();
let tenant: Tenant;
beforeAll(async () => {
  tenant = await makeTenant(api, "acme");
});

test("each answer to a key says how many requests are left in the minute, in any process; one too many is a 429", async () => {
  const key = await tenant.key(["metrics.read"]);
  const ask = async (path: string, caller: Parameters<typeof api.fetch>[0] = key, app = api.app) => {
    const { status, headers } = await app.request(origin + path, { headers: caller.headers });
    return {
      status,
      ...Object.fromEntries(["limit", "remaining", "reset"].map((n) => [n, headers.get(`ratelimit-${n}`)])),
    };
  };
  const one = await ask("/api/metrics");
  expect(one).toEqual({ status: 200, limit: "120000", remaining: "119999", reset: "60" });
  expect(await ask("/trpc/metrics.daily?input={}")).toMatchObject({ status: 200, remaining: "119998" });
  expect(await ask("/api/activities")).toMatchObject({ status: 403, remaining: "119997" });
  expect(await ask("/api/nothing")).toMatchObject({ status: 404, remaining: "119996" });
  const none = { limit: null, remaining: null, reset: null };
  expect(await ask("/api/metrics", tenant.members.owner)).toEqual({ status: 200, ...none });
  expect(await ask("/api/metrics", { headers: { authorization: "Bearer x" } })).toEqual({ status: 401, ...none });

  const { id } = key;
  await api.database.pool.query("update auth.rate_limits set points = 120000 where key = $1", [`key:${id}`]);
  const db = connect(api.database.url, { max: 2 });
  try {
    const other = createApp({ db, log: createLog("silent") });
    const last = await other.request(`${origin}/api/metrics`, { headers: key.headers });
    const problem = (await last.json()) as Parsed;
    expect(problem).toMatchObject({
      status: 429,
      code: "TOO_MANY_REQUESTS",
      detail: expect.stringContaining("120,000"),
    });
    expect(last.headers.get("ratelimit-remaining")).toBe("0");
    expect(last.headers.get("retry-after")).toBe(last.headers.get("ratelimit-reset"));
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThan(0);
  } finally {
    await db.close();
  }
});
