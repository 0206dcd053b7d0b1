import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// The unit tests, as Stryker runs them in a copy of the repository: what a workspace's link leads to is the copy, too.
const [contracts, wording] = ["contracts", "wording"].map((room) =>
  fileURLToPath(new URL(`../../packages/${room}/src/`, import.meta.url)),
);

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@twin\/contracts$/, replacement: `${contracts}index.ts` },
      { find: /^@twin\/contracts\/(.*)$/, replacement: `${contracts}$1.ts` },
      { find: /^@twin\/wording\/(.*)$/, replacement: `${wording}$1.ts` },
    ],
  },
  test: {
    include: [
      "packages/{contracts,wording}/src/**/*.unit.test.ts",
      "apps/web/src/**/*.unit.test.ts",
      "packages/integrations/src/slack/**/*.unit.test.ts",
    ],
    testTimeout: 30_000,
  },
});
