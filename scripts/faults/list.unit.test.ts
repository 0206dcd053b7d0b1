import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readFaults, whyNot } from "./list.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

test("each fault of the list can still be planted: whoever rewrites its place rewrites the fault", () => {
  const faults = readFaults(root);
  expect(faults.length).toBeGreaterThan(0);
  const stale = faults.flatMap((one) => {
    const why = whyNot(root, one);
    return why === null ? [] : [`${one.area}: ${one.fault}: ${why}`];
  });
  expect(stale).toEqual([]);
});

test("no fault is listed twice", () => {
  const planted = readFaults(root).map(({ file, find, replace }) => JSON.stringify([file, find, replace]));
  expect(planted.filter((one, i) => planted.indexOf(one) !== i)).toEqual([]);
});
