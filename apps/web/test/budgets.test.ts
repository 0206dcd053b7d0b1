import { expect, test } from "vitest";
import { weighPages } from "./budgets.ts";

test.each(weighPages())("$name: $kilobytes kB of $limit", ({ kilobytes, limit }) => {
  expect(kilobytes).toBeLessThanOrEqual(limit);
});
