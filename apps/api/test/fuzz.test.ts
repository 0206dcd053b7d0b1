import { expect, test, vi } from "vitest";
import { useDatabase } from "@twin/db/test/database";
import { makeWorld } from "../fuzz/callers.ts";
import { type Request, Requests } from "../fuzz/requests.ts";
import { failuresOf, fuzz } from "../fuzz/run.ts";
import { findTargets } from "../fuzz/targets.ts";
import { procedures } from "./cases.ts";
import { useApi } from "./world.ts";

const database = useDatabase();
const api = useApi();

test("3,000 hostile requests are answered below 500, within 5 s and 500 MB, and tell or change nothing of the other tenant", async () => {
  const summary = await fuzz({ url: database.url, requests: 3_000, seed: "short" });
  expect(failuresOf(summary)).toEqual([]);
  expect(summary.requests).toBe(3_000);
  // Not all are refused at the door.
  expect(summary.byStatus["200"]).toBeGreaterThan(400);
}, 240_000);

test("requests follow from the seed, and reach every procedure and REST path", async () => {
  const targets = findTargets(false);
  const world = await makeWorld(api.db);
  // Inputs hold the time of day.
  vi.useFakeTimers({ toFake: ["Date"] });
  const make = (seed: string) => new Requests(seed, targets, world);
  const [once, again, other] = [make("a"), make("a"), make("b")];
  const textOf = ({ method, path, headers, said }: Request) => JSON.stringify([method, path, headers, said]);
  const first = Array.from({ length: 200 }, (_, index) => textOf(once.make(index)));
  expect(first.map((_, index) => textOf(again.make(199 - index))).reverse()).toEqual(first);
  expect(first.map((_, index) => textOf(other.make(index)))).not.toEqual(first);
  vi.useRealTimers();
  const asked = new Set(Array.from({ length: 3_000 }, (_, index) => once.make(index).target));
  const routes = targets.procedures.flatMap(({ route }) => (route ? [`${route.method} ${route.path}`] : []));
  const wanted = [...procedures.map(([name]) => name), ...routes];
  expect(wanted.filter((target) => !asked.has(target))).toEqual([]);
});
