import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The unit tests, as Stryker runs them in a copy of the repository: what a workspace's link leads to is the copy, too.
const contracts = fileURLToPath(new URL("../../packages/contracts/src/", import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@twin\/contracts$/, replacement: `${contracts}index.ts` },
      { find: /^@twin\/contracts\/(.*)$/, replacement: `${contracts}$1.ts` },
    ],
  },
  test: {
    include: [
      "packages/contracts/src/**/*.unit.test.ts",
      "apps/web/src/**/*.unit.test.ts",
      "apps/worker/src/slack/**/*.unit.test.ts",
    ],
    testTimeout: 30_000,
  },
});
