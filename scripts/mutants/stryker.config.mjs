// `npm run mutants`: what is pure TypeScript and held by unit tests alone.
export default {
  mutate: [
    // The rest of the contract is schemas, which the tests of the api hold.
    "packages/contracts/src/{activities,calendar,dates,filter,ingest,ndjson,paging,text,unknown-fields,vocabulary}.ts",
    "packages/wording/src/*.ts",
    "apps/web/src/lib/*.ts",
    "apps/web/src/lib/charts/*.ts",
    // Draws on a canvas.
    "!apps/web/src/lib/charts/png.ts",
    // The rest reads whole exports for each change: hours.
    "packages/integrations/src/slack/{message,people,text}.ts",
    "!**/*.test.ts",
  ],
  plugins: ["@stryker-mutator/vitest-runner"],
  testRunner: "vitest",
  vitest: { configFile: "scripts/mutants/vitest.config.ts" },
  // Nothing is compiled by TypeScript: without one of this name Stryker needs no compiler.
  tsconfigFile: "none.json",
  ignorePatterns: [".runtime", ".data", "build", ".svelte-kit", "docs", "packages/db"],
  coverageAnalysis: "perTest",
  ignoreStatic: true,
  concurrency: 2,
  tempDirName: ".runtime/stryker",
  reporters: ["clear-text", "progress-append-only", "json"],
  jsonReporter: { fileName: ".runtime/mutants.json" },
  clearTextReporter: { allowColor: false, logTests: false },
  thresholds: { high: 90, low: 80, break: 75 },
};
