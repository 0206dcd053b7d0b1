import { expect, test } from "vitest";
import { FairQueue } from "./fair-queue.ts";

/** Asks for places in this order; `entered` tells who has got one so far, and `leave` gives one back. */
function ask(queue: FairQueue, org_ids: number[], left = 0) {
  const entered: number[] = [];
  const leaves = new Map<number, (() => void)[]>();
  const asked = org_ids.map((org_id) =>
    queue.enter(org_id, left).then((leave) => {
      entered.push(org_id);
      leaves.set(org_id, [...(leaves.get(org_id) ?? []), leave]);
    }),
  );
  const settled = () => new Promise((resolve) => setTimeout(resolve, 1));
  return {
    entered,
    asked,
    settled,
    async leave(org_id: number) {
      leaves.get(org_id)!.pop()!();
      await settled();
    },
  };
}

test("the next free place goes to another organisation before one that holds all of them", async () => {
  const places = ask(new FairQueue(4, 1_000), [1, 1, 1, 1, 1, 1, 2, 3]);
  await places.settled();
  expect(places.entered).toEqual([1, 1, 1, 1]);
  await places.leave(1);
  await places.leave(1);
  expect(places.entered.slice(4)).toEqual([2, 3]);
  await places.leave(2);
  await places.leave(3);
  expect(places.entered.slice(6)).toEqual([1, 1]);
});

test("many holders that ask a lot don't keep one out that holds nothing", async () => {
  const places = ask(new FairQueue(4, 1_000), [1, 2, 1, 2, 1, 2, 1, 2, 3]);
  await places.settled();
  await places.leave(1);
  expect(places.entered).toEqual([1, 2, 1, 2, 3]);
});

test("who waits alone gets every place, in the order of asking", async () => {
  const places = ask(new FairQueue(2, 1_000), [1, 1, 1, 2, 1]);
  await places.settled();
  await places.leave(1);
  expect(places.entered).toEqual([1, 1, 2]);
  await places.leave(2);
  await places.leave(1);
  expect(places.entered).toEqual([1, 1, 2, 1, 1]);
});

test("places that are left to others are theirs at once", async () => {
  const queue = new FairQueue(10, 1_000);
  const greedy = ask(queue, Array<number>(30).fill(1), 2);
  await greedy.settled();
  expect(greedy.entered).toHaveLength(8);
  const other = ask(queue, [2], 2);
  await other.settled();
  expect(other.entered).toEqual([2]);
});

test("who waits too long is told so, and a place that is given back twice counts once", async () => {
  const queue = new FairQueue(1, 20);
  const leave = await queue.enter(1);
  await expect(queue.enter(2)).rejects.toThrow(/^timeout exceeded when trying to connect/);
  leave();
  leave();
  await queue.enter(1);
  await expect(queue.enter(1)).rejects.toThrow(/^timeout exceeded/);
});
