import { beforeAll, expect, test } from "vitest";
import { makeTenant, queryOf, type Tenant, useApi } from "./world.ts";

const api = useApi();
let greedy: Tenant;
let other: Tenant;
beforeAll(async () => {
  greedy = await makeTenant(api, "greedy");
  other = await makeTenant(api, "other");
});

const plans = (count: number) =>
  api.fetch(
    greedy.everything,
    `/trpc/${Array<string>(count).fill("backfills.plan").join(",")}${queryOf(
      Object.fromEntries(
        Array.from({ length: count }, (_, i) => [i, { what: "metrics", from: "2026-01-01", to: "2026-01-31" }]),
      ),
    )}&batch=1`,
  );

test("an organisation whose reads take long takes no connection from another, and each of its own is told why it was stopped", async () => {
  expect((await plans(20)).status).toBe(400);
  const lock = await api.database.pool.connect();
  await lock.query("begin; lock table backfill_chunks in access exclusive mode");
  try {
    const slow = [plans(10), plans(10), plans(10)];
    await new Promise((resolve) => setTimeout(resolve, 500));
    for (let i = 0; i < 5; i++) {
      const answer = await api.fetch(other.everything, "/api/activities");
      expect(answer.status, answer.text).toBe(200);
    }
    for (const { status, body, text } of await Promise.all(slow)) {
      expect(status, text).toBe(503);
      for (const { error } of body) expect(error.data.problem).toMatchObject({ status: 503, code: "UNAVAILABLE" });
    }
    const alone = await api.call(greedy.everything, "backfills.plan", {
      what: "metrics",
      from: "2026-01-01",
      to: "2026-01-31",
    });
    expect(alone.status).toBe(503);
    expect(alone.headers.get("retry-after")).toBe("5");
    expect(alone.problem.detail).toContain("ask for fewer days or rows");
  } finally {
    await lock.query("rollback");
    lock.release();
  }
  expect((await plans(10)).status).toBe(200);
});
