import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../test/processes.ts";

const database = useDatabase();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twinctl-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (words: string[], input: string | Buffer = "") =>
  runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words, input);

const records = [
  {
    type: "activity",
    external_id: "a1",
    user: "u1",
    twin: "t1",
    activity_type: "query",
    started_at: "2026-01-05T10:00:00Z",
    platform: "web",
  },
  {
    type: "activity",
    external_id: "a2",
    user: "u2",
    twin: "t1",
    activity_type: "query",
    started_at: "2026-01-05T11:00:00Z",
    platform: "web",
  },
  { type: "twin", external_id: "t1", user: "u1", name: "Ann's Twin" },
  { type: "user", external_id: "u1", email: "ann@x.example", full_name: "Ann" },
].map((record) => JSON.stringify(record));

test(
  "an import waits for parents, names what it rejects, keeps it, and changes nothing the second time",
  { timeout: 180_000 },
  async () => {
    expect(await twinctl(["org", "create", "acme", "--name", "Acme", "--timezone", "Europe/Berlin"])).toMatchObject({
      code: 0,
    });
    const [file, rejects] = [join(folder, "in.ndjson"), join(folder, "rejects.ndjson")];
    writeFileSync(file, `${records.slice(0, 2).join("\n")}\n\n{"type": broken\n${records.slice(2).join("\n")}`);
    const first = await twinctl(["import", "ndjson", file, "--org", "acme", "--rejects", rejects, "--json"]);
    expect(first.code).toBe(3);
    expect(resultOf(first)).toMatchObject({
      accepted: 3,
      duplicates: 0,
      rejected: [
        { index: 1, code: "UNKNOWN_USER", path: "user" },
        { index: 3, code: "INVALID" },
      ],
    });
    expect(readFileSync(rejects, "utf8").trim().split("\n")).toHaveLength(2);
    const again = await twinctl(
      ["import", "ndjson", "-", "--org", "acme", "--json"],
      gzipSync(records.filter((one) => !one.includes("u2")).join("\n")),
    );
    expect(again.code).toBe(0);
    expect(resultOf(again)).toMatchObject({ accepted: 0, updated: 0, duplicates: 3, rejected: [] });
  },
);

test(
  "a plan of what would go changes nothing, and nothing is done where nobody could",
  { timeout: 180_000 },
  async () => {
    await twinctl(["org", "create", "old", "--name", "Old", "--timezone", "UTC"]);
    const plan = await twinctl(["lifecycle", "plan", "--org", "old", "--json"]);
    expect([plan.code, resultOf(plan)]).toMatchObject([0, { seal: { sealed_before: null }, steps: { length: 4 } }]);
    const apply = await twinctl(["lifecycle", "apply", "--org", "old"]);
    expect([apply.code, apply.err]).toEqual([1, expect.stringContaining("No worker lives")]);
  },
);

test("a key is made, listed and revoked", { timeout: 180_000 }, async () => {
  await twinctl(["org", "create", "keys", "--name", "Keys", "--timezone", "UTC"]);
  const made = await twinctl([
    "keys",
    "create",
    "--org",
    "keys",
    "--scope",
    "metrics.read,ingest.write",
    "--source",
    "hr",
    "--json",
  ]);
  const key = resultOf(made);
  expect(key).toMatchObject({ key: expect.stringMatching(/^twin_/), source: "hr" });
  const ended = ["keys", "create", "--org", "keys", "--scope", "metrics.read", "--expires", "2001-01-01T00:00:00Z"];
  expect(await twinctl(ended)).toMatchObject({ code: 2, err: expect.stringMatching(/ends after now/) });
  expect((await twinctl(["keys", "revoke", String(key.id), "--org", "keys"])).code).toBe(0);
  expect((await twinctl(["keys", "ls", "--org", "keys"])).out).toMatch(/revoked/);
});

test.each<[string[], number, RegExp]>([
  [["frobnicate"], 2, /There is no command frobnicate/],
  [["org", "create", "x", "--name", "X", "--timezone", "Nowhere/Land"], 2, /time_zone/],
  [["jobs", "show", "99"], 1, /there is no job 99/],
  [["import", "ndjson", "-", "--org", "nobody"], 1, /twinctl org create nobody/],
])("%j ends with %i and says why", { timeout: 180_000 }, async (words, code, says) => {
  const { code: ended, err } = await twinctl(words);
  expect(ended).toBe(code);
  expect(err).toMatch(says);
});

test("the demonstration takes no imports", { timeout: 180_000 }, async () => {
  await twinctl(["org", "create", "shown", "--name", "Shown", "--timezone", "UTC", "--owner", "o@x.example"]);
  await database.pool.query("update auth.organizations set is_demo = true where slug = 'shown'");
  const { code, err } = await twinctl(["import", "ndjson", "-", "--org", "shown"], records.join("\n"));
  expect(code).toBe(1);
  expect(err).toMatch(/is the demonstration/);
});

test(
  "once somebody has an account an organisation is made for an owner by name, who gets a link to choose a password",
  { timeout: 180_000 },
  async () => {
    const make = (slug: string, ...more: string[]) =>
      twinctl(["org", "create", slug, "--name", slug, "--timezone", "UTC", "--json", ...more]);
    const link = expect.stringMatching(/^http:\/\/127\.0\.0\.1:3000\/set-password\?token=[\w-]{43}$/);
    const first = await make("before", "--owner", "first@x.example");
    expect(resultOf(first)).toMatchObject({ slug: "before", owner: "first@x.example", password_link: link });
    const ownerless = await make("after");
    expect([ownerless.code, ownerless.err]).toEqual([2, expect.stringContaining("--owner EMAIL")]);
    expect((await twinctl(["org", "ls", "--json"])).out).not.toContain('"after"');
    await database.pool.query("update auth.accounts set is_demo = true where email_key = 'first@x.example'");
    const shown = await make("after", "--owner", "First@X.example");
    expect([shown.code, shown.err]).toEqual([
      expect.any(Number),
      expect.stringContaining("belongs to the demonstration"),
    ]);
    await database.pool.query("update auth.accounts set is_demo = false");
    const more = await twinctl(["org", "owner", "before", "--owner", "second@x.example", "--json"]);
    expect(resultOf(more)).toMatchObject({ owner: "second@x.example", password_link: link });
    const late = await twinctl(["setup-link"]);
    expect([late.code, late.err]).toEqual([1, expect.stringContaining("./twinctl org owner SLUG --owner EMAIL")]);
  },
);

test("help is there without a database", { timeout: 180_000 }, async () => {
  const { code, out } = await twinctl(["import", "slack", "--help"]);
  expect(code).toBe(0);
  expect(out).toMatch(/\[--bot NAME\|ID\[=OWNER\]\] …/);
});
