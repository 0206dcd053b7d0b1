import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../../test/processes.ts";

const database = useDatabase();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twinctl-keys-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (...words: string[]) => runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words);

test("an operator rotates a key, sees until when both work, and ends both", { timeout: 180_000 }, async () => {
  const acme = ["--org", "acme"];
  await twinctl("org", "create", "acme", "--name", "Acme", "--timezone", "UTC");
  const made = resultOf(
    await twinctl("keys", "create", "--scope", "ingest.write", "--source", "crm", "--json", ...acme),
  );
  const id = String(made["id"]);
  const wrong = await twinctl("keys", "rotate", id, "--overlap", "2d", ...acme);
  expect(wrong).toMatchObject({ code: 2, err: expect.stringContaining("--overlap must be 0, 1h, 24h, 7d") });
  const rotated = await twinctl("keys", "rotate", id, "--overlap", "7d", ...acme);
  expect(rotated).toMatchObject({ code: 0, out: expect.stringContaining(`${id} works on until 2`) });
  const { keys } = resultOf(await twinctl("keys", "ls", "--json", ...acme)) as {
    keys: { id: string; source: string; replaces: string | null; created_by: null }[];
  };
  const next = keys.find(({ replaces }) => replaces === id)!;
  expect(next).toMatchObject({ source: "crm", created_by: null, expires_at: null });
  expect((await twinctl("keys", "ls", ...acme)).out).toMatch(
    new RegExp(`^${id} .*replaced by ${next.id} .*twinctl`, "m"),
  );
  expect(await twinctl("keys", "rotate", id, ...acme)).toMatchObject({
    code: 1,
    err: expect.stringContaining("rotate that one"),
  });
  expect((await twinctl("keys", "revoke", next.id, ...acme)).code).toBe(0);
  expect((await twinctl("keys", "ls", ...acme)).out).not.toMatch(/valid|replaced by/);
});
