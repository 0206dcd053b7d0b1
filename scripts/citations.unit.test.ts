import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const sources = ["apps", "packages", "scripts"].flatMap((room) =>
  readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
    .filter(
      (file) =>
        /\.(ts|svelte|sql|mjs)$/.test(file) &&
        !file.endsWith("citations.unit.test.ts") &&
        !/(^|[\\/])(node_modules|build|\.svelte-kit)[\\/]/.test(file),
    )
    .map((file) => join(room, file)),
);
const headings = [...readFileSync(join(root, "docs/METRICS.md"), "utf8").matchAll(/^#{2,3} (.+)$/gm)].map(
  ([, one]) => one,
);

test("what comments say of numbers is to be read in this project, in a section that is there", () => {
  const [cited, elsewhere]: [string[], string[]] = [[], []];
  for (const file of sources) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [citation, section] of text
      .replaceAll(/\s*\n\s*(\*|--|\/\/)\s*/g, " ")
      .matchAll(/METRICS\.md,? "([^"]+)"/g)) {
      cited.push(section!);
      expect(headings, `${file}: ${citation}`).toContain(section);
    }
    if (/\b(semantics|trust|data-model|experience|interfaces)\.md\b|: semantics,/.test(text)) elsewhere.push(file);
  }
  expect(cited.length).toBeGreaterThan(5);
  expect(elsewhere).toEqual([]);
});
