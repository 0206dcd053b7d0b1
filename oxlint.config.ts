import { defineConfig } from "oxlint";

// The house has one direction: contracts <- db <- api, worker; web -> contracts (see docs/ARCHITECTURE.md).
// Every message tells the way out, because a rule that only says no gets switched off.

interface Pattern {
  group: string[];
  message: string;
  allowTypeImports?: boolean;
}

const sql: Pattern = {
  group: ["drizzle-orm", "drizzle-orm/*", "pg", "pg-*"],
  message: "SQL lives in packages/db: write a verb there (packages/db/src/<domain>/<verb>.ts) and call it from here.",
};
const deep: Pattern = {
  group: ["@twin/*/src/**", "**/packages/*/src/**", "**/apps/*/src/**"],
  message: "Import a package by its name (@twin/db/<domain>/<verb>); its `exports` say what it offers.",
};
const nameless: Pattern = {
  group: ["utils", "helpers", "common", "shared", "lib"].flatMap((room) => [
    `./${room}`,
    `**/${room}.ts`,
    `**/${room}.js`,
    ...(room === "lib" ? [] : [`**/${room}/**`]),
  ]),
  message: "A room without a noun collects everything. Name the file after what it does and put it in its domain.",
};
const barrel: Pattern = {
  group: ["**/index.ts", "!./src/index.ts"],
  message: "No barrels inside a package: import the file that holds the thing.",
};

const not = (room: string, way: string): Pattern => ({
  group: [`@twin/${room}`, `@twin/${room}/**`],
  message: `Not in this direction. ${way}`,
});
const webValues: Pattern = {
  group: [
    "@twin/contracts",
    "@twin/contracts/**",
    ...["calendar", "policies", "vocabulary", "wire"].map((file) => `!@twin/contracts/${file}`),
  ],
  message:
    "The browser takes types from the contract (import type), and values only from calendar, policies, vocabulary and wire; words from @twin/wording.",
  allowTypeImports: true,
};
const apps = (way: string) => [not("api", way), not("worker", way), not("web", way)];

const imports = (...patterns: Pattern[]) => ({
  "no-restricted-imports": ["error", { patterns: [deep, nameless, ...patterns] }] as never,
});

/** The areas of packages/db/src, the lowest floor first: an area imports only areas before it, types too. */
export const floors = [
  "postgres",
  "tenancy",
  "people",
  "jobs",
  "access",
  "records",
  "policies",
  "figures",
  "archives",
  "privacy",
  "lifecycle",
  "imports",
  "activities",
  "demonstration",
] as const;
const above = (floor: number): Pattern => ({
  group: floors.slice(floor + 1).flatMap((area) => ["..", "../..", "../../.."].map((way) => `${way}/${area}/**`)),
  message: `${floors[floor]} lies below: move what both need down to it or lower, or hand it in (docs/ARCHITECTURE.md, "Floors").`,
});

const down = "What two rooms need belongs into the one below them: packages/db or packages/contracts.";
const offRoute = "Ask through the API: add an entry to the contract and a verb in packages/db.";
const tests = ["**/*.test.ts", "**/test/**"];

const wordy = "Words are for those who show them: hand them in.";
const beyond = [not("wording", wordy), not("integrations", "It builds on this package."), ...apps(down)];

export default defineConfig({
  plugins: ["eslint", "typescript", "import", "unicorn", "oxc"],
  categories: { correctness: "error" },
  ignorePatterns: ["**/build/**", "**/.svelte-kit/**", ".runtime/**", ".data/**"],
  rules: {
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "import/no-cycle": "error",
    "import/no-self-import": "error",
    "typescript/no-explicit-any": "error",
    "typescript/consistent-type-imports": "error",
    "typescript/no-non-null-assertion": "off",
    "unicorn/filename-case": ["error", { case: "kebabCase", ignore: ["^\\+", "^[A-Z][A-Za-z]+\\.svelte$"] }],
    "unicorn/prefer-node-protocol": "error",
    "no-var": "error",
    "prefer-const": "error",
    eqeqeq: ["error", "always", { null: "ignore" }],
  },
  overrides: [
    { files: ["packages/contracts/**"], rules: imports(sql, not("db", "A contract knows no table."), ...apps(down)) },
    {
      files: ["packages/contracts/src/{calendar,vocabulary,wire}.ts"],
      rules: imports(sql, {
        group: ["zod", "zod/**", "@trpc/**"],
        message: "The browser loads this file: plain constants and small functions, no zod and no tRPC.",
      }),
    },
    { files: ["packages/integrations/**"], rules: imports(sql, barrel, not("wording", wordy), ...apps(down)) },
    {
      files: ["packages/wording/**"],
      rules: imports(sql, webValues, not("db", "Words know no table."), ...apps(down)),
    },
    { files: ["packages/db/**"], rules: imports(barrel, ...beyond) },
    ...floors.map((area, floor) => ({
      files: [`packages/db/src/${area}/**`],
      rules: imports(barrel, ...beyond, above(floor)),
    })),
    { files: ["apps/api/**"], rules: imports(sql, barrel, not("worker", down), not("web", down)) },
    { files: ["apps/worker/**"], rules: imports(sql, barrel, not("api", down), not("web", down)) },
    {
      files: ["apps/web/**"],
      rules: imports(sql, barrel, webValues, not("db", offRoute), not("api", offRoute), not("worker", offRoute)),
    },
    { files: ["scripts/**", "*.config.ts"], rules: imports(sql, ...apps("Start it as a process of its own.")) },
    { files: tests, rules: { "no-restricted-imports": ["error", { patterns: [deep, nameless] }] as never } },
  ],
});
