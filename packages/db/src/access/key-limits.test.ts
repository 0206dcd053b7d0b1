import { limits } from "@twin/contracts/vocabulary";
import { afterEach, expect, test, vi } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { connect, type Database } from "../postgres/connect.ts";
import { takeRequest } from "./key-limits.ts";
import type { Service } from "./keys.ts";

const database = useDatabase();
const app = useApplication(database);
afterEach(() => vi.restoreAllMocks());

const keyOf = (key_id: string): Service => ({
  kind: "service",
  org_id: 1,
  key_id,
  name: "k",
  source: "s",
  permissions: [],
  request_id: "r",
});

/** Two processes of the api on one database. */
async function two<T>(run: (one: Database, other: Database) => Promise<T>): Promise<T> {
  const [one, other] = [1, 2].map(() => connect(database.url, { max: 2 })) as [Database, Database];
  return run(one, other).finally(() => Promise.all([one.close(), other.close()]));
}

/** How many of these requests were answered. */
async function answered(db: Database, key: Service, requests: number): Promise<number> {
  let sum = 0;
  for (let at = 0; at < requests; at++) if ((await takeRequest(db, key)).allowed) sum++;
  return sum;
}

test("each request counts, also those that come at one time", async () => {
  const key = keyOf("counted");
  const first = await takeRequest(app.db, key);
  expect(first).toEqual({
    limit: limits.keyRequests,
    remaining: limits.keyRequests - 1,
    reset_seconds: 60,
    allowed: true,
  });
  const next = await Promise.all(Array.from({ length: 5_000 }, () => takeRequest(app.db, key)));
  expect(next.at(-1)!.remaining).toBe(limits.keyRequests - 5_001);
  expect((await takeRequest(app.db, keyOf("another"))).remaining).toBe(limits.keyRequests - 1);
});

test("two processes answer no more than the limit together, and say when the next one may come", async () => {
  const key = keyOf("shared");
  await two(async (one, other) => {
    const half = limits.keyRequests / 2 + 3_000;
    const [here, there] = await Promise.all([answered(one, key, half), answered(other, key, half)]);
    expect(here + there).toBeLessThanOrEqual(limits.keyRequests);
    expect(here + there).toBeGreaterThan(limits.keyRequests - 4_000);
    // What a process was given is used up by itself.
    await answered(one, key, 4_000);
    await answered(other, key, 4_000);
    const refused = await takeRequest(one, key);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.reset_seconds).toBeGreaterThan(0);
    expect(refused.reset_seconds).toBeLessThanOrEqual(60);
  });
});

test("what other processes took is known after 5 seconds", async () => {
  const key = keyOf("seen");
  await two(async (one, other) => {
    await takeRequest(one, key);
    await answered(other, key, 10_000);
    const began = performance.now();
    vi.spyOn(performance, "now").mockReturnValue(began + 5_001);
    expect((await takeRequest(one, key)).remaining).toBe(limits.keyRequests - 10_000 - 2);
  });
});

test("with the next minute all begins anew", async () => {
  const key = keyOf("later");
  await answered(app.db, key, 3_000);
  await database.pool.query("update auth.rate_limits set expire = 1 where key = 'key:later'");
  const began = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(began + 60_001);
  expect(await takeRequest(app.db, key)).toMatchObject({ remaining: limits.keyRequests - 1, reset_seconds: 60 });
});
