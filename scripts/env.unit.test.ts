import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "./stack/root.ts";
import { settings } from "./stack/settings.ts";

const text = (file: string) => readFileSync(join(root, file), "utf8");
const example = new Map(
  [...text(".env.example").matchAll(/^([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name, value]) => [name!, value!]),
);
/** Names of a schema, as they stand at the beginning of its lines. */
const named = (file: string) => [...text(file).matchAll(/^\s+([A-Z][A-Z0-9_]{2,}): /gm)].map(([, name]) => name!);
const schemas = [
  "apps/api/src/env.ts",
  "apps/worker/src/env.ts",
  "apps/worker/src/commands/database.ts",
  "apps/worker/src/public-address.ts",
  "scripts/stack/settings.ts",
];
/** Told by the launcher to its parts, for nobody to set. */
const internal = new Set(["API_ORIGIN", "PROTOCOL_HEADER", "ADDRESS_HEADER"]);

test(".env.example names every variable that a program reads", () => {
  const read = new Set(schemas.flatMap(named));
  expect(read.size).toBeGreaterThan(20);
  expect([...read].filter((name) => !example.has(name) && !internal.has(name))).toEqual([]);
});

test(".env.example names no variable that nothing reads", () => {
  const files = execFileSync("git", ["ls-files", "*.ts", "*.mjs", "docker-compose.yml", "Dockerfile"], { cwd: root });
  const sources = files
    .toString()
    .split("\n")
    .filter((file) => file && !file.endsWith(".test.ts"))
    .map(text)
    .join("\n");
  expect([...example.keys()].filter((name) => !new RegExp(`\\b${name}\\b`).test(sources))).toEqual([]);
});

test("what .env.example says can be read", () => {
  const given = Object.fromEntries([...example].filter(([, value]) => value !== ""));
  expect(settings.safeParse(given).success).toBe(true);
});

/** Of the embedded server, of tests, or said by docker-compose.yml itself: a variable in .env changes nothing there. */
const notInCompose = new Set([
  "ARCHIVE_DIR",
  "CHROME_PATH",
  "DATABASE_DIRECT_URL",
  "DATABASE_URL",
  "DATA_DIR",
  "DEMO",
  "ERASURE_LEDGER",
  "FAULT_AT",
  "HOST",
  "KEY_FILE",
  "PG_BIN_DIR",
  "PREPARE",
  "WEB_HANDLER",
]);

test("every other variable of .env reaches what docker-compose.yml starts", () => {
  const passed = new Set([...text("docker-compose.yml").matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name!));
  expect([...example.keys()].filter((name) => !passed.has(name) && !notInCompose.has(name))).toEqual([]);
  expect([...passed].filter((name) => !example.has(name))).toEqual([]);
});

test("every folder of a volume that our programs write is made in the image, and belongs to whom they run as", () => {
  const worker = text("docker-compose.yml").split("\n  worker:")[1]!.split("\nconfigs:")[0]!;
  const folders = [...worker.matchAll(/^ +- \w+:(\/\w+)$/gm)].map(([, folder]) => folder!);
  expect(folders).toEqual(["/ledger", "/archive"]);
  const made = /^RUN mkdir (.+) && chown node:node (.+)$/m.exec(text("Dockerfile"))!;
  expect(made[1]!.split(" ")).toEqual(folders);
  expect(made[2]!.split(" ")).toEqual(folders);
  expect(text("Dockerfile").indexOf(made[0])).toBeLessThan(text("Dockerfile").indexOf("USER node"));
});
