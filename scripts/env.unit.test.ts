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
