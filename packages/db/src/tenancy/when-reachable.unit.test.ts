import { expect, test } from "vitest";
import { whenReachable } from "./when-reachable.ts";

const starting = Object.assign(new Error("the database system is starting up"), { code: "57P03" });

test("a database that is still starting is waited for", async () => {
  let tries = 0;
  const work = () => (++tries < 3 ? Promise.reject(starting) : Promise.resolve("there"));
  expect(await whenReachable(work)).toBe("there");
});

test("one that stays away, or says no, is not", async () => {
  await expect(whenReachable(() => Promise.reject(starting), 0)).rejects.toBe(starting);
  const refusal = Object.assign(new Error("password authentication failed"), { code: "28P01" });
  await expect(whenReachable(() => Promise.reject(refusal))).rejects.toBe(refusal);
});
