import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { readCatalogue } from "./catalogue.ts";
import { useDatabase } from "./database.ts";

const database = useDatabase();

// Not true any more? Look whether the difference is what you meant, then: pnpm schema (in packages/db).
test("schema.sql is the catalogue after all migrations", async () => {
  const { rows } = await database.pool.query<{ version: number }>(
    "select current_setting('server_version_num')::int as version",
  );
  const catalogue = await readCatalogue(database.pool);
  if (rows[0]!.version >= 160_000) {
    await expect(catalogue).toMatchFileSnapshot("../schema.sql");
  } else {
    // Before 16 the text of a view names every column with its table; all else reads the same.
    const written = await readFile(new URL("../schema.sql", import.meta.url), "utf8");
    expect(withoutViews(catalogue)).toBe(withoutViews(written));
  }
});

function withoutViews(catalogue: string): string {
  return catalogue.replaceAll(/^(create (?:materialized )?view .+ as)\n[^;]+;/gm, "$1 …;");
}
