import { existsSync } from "node:fs";
import { defineConfig } from "vitest/config";

// unit: no database. db: a server of its own, PostgreSQL 18 from the packages (or PG_BIN_DIR). postgres-15: the same
// tests on Debian's programs, where they are installed. browser: the whole stack and a Chromium.
const debian15 = "/usr/lib/postgresql/15/bin";
const all = ["packages/*/{src,test}/**/*.test.ts", "apps/{api,worker}/{src,test}/**/*.test.ts"];
const unit = ["{packages,apps}/*/src/**/*.unit.test.ts", "scripts/**/*.unit.test.ts"];

// About processes, and minutes long: which PostgreSQL is behind them makes no difference.
const once = [
  "apps/worker/test/{archive,erasure}/{killed,commands}.test.ts",
  "apps/worker/src/{twinctl,commands/backfill,commands/members}.test.ts",
  "apps/api/test/{process,killed}.test.ts",
];

// What asks the same of both servers, or takes minutes: on 15 it runs with everything else, by `npm run full`.
const full = process.env["FULL"] === "1";
const rarely = full
  ? []
  : [
      "apps/api/**",
      "apps/worker/src/**",
      "apps/worker/test/*/**",
      "apps/worker/test/!(fixture).test.ts",
      "packages/db/src/**/*.property.test.ts",
      "packages/db/src/{access,imports}/**",
      "packages/db/src/activities/{behind-figures,total}.test.ts",
      "packages/db/src/figures/{verify,rollup-live}.test.ts",
      "packages/db/src/figures/{retention/published,twins/owners,beginnings/store,provenance/read}.test.ts",
      "packages/db/src/figures/backfills/run-chunk.test.ts",
      "packages/db/src/privacy/erasures/canary.test.ts",
      "packages/db/src/records/ingest/{months,record-together}.test.ts",
      "packages/db/src/lifecycle/fast-motion.test.ts",
      "packages/db/test/{embedded,local-days}.test.ts",
      "packages/db/test/metrics-page.test.ts",
      "packages/db/test/{plans,composed-statements,new-organization}.test.ts",
    ];

const setupFiles = ["packages/db/test/properties.ts"];

const database = (name: string, env: Record<string, string> = {}, exclude: string[] = []) => ({
  test: {
    name,
    include: all,
    exclude: [...unit, ...exclude],
    env,
    setupFiles,
    globalSetup: ["packages/db/test/server.ts"],
    // A file mostly waits for its server, so two go well on two cores.
    maxWorkers: 2,
    // A process for all files that it runs: to load everything anew for each took as long as most of them take.
    isolate: false,
    testTimeout: 90_000,
    hookTimeout: 120_000,
  },
});

export default defineConfig({
  test: {
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: "unit",
          include: unit,
          exclude: ["**/node_modules/**", "**/build/**"],
          setupFiles,
          testTimeout: 30_000,
        },
      },
      database("db"),
      ...(existsSync(`${debian15}/postgres`)
        ? [database("postgres-15", { POSTGRES_BIN: debian15 }, [...once, ...rarely])]
        : []),
      {
        test: {
          name: "browser",
          sequence: { groupOrder: 1 },
          include: ["apps/web/test/**/*.test.ts"],
          globalSetup: ["apps/web/test/stack.ts"],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          // One Chromium for all files: `apps/web/test/visit.ts` opens it.
          isolate: false,
        },
      },
    ],
  },
});
