import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { resultOf, runTwinctl } from "../../test/processes.ts";

const database = useDatabase();
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "twinctl-members-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const twinctl = (...words: string[]) => runTwinctl({ DATABASE_URL: database.url, DATA_DIR: folder }, words);

test("an operator invites, lists and removes members, and the last owner stays", { timeout: 180_000 }, async () => {
  const acme = ["--org", "acme"];
  await twinctl("org", "create", "acme", "--name", "Acme", "--timezone", "UTC", "--owner", "ann@x.example");
  const invited = await twinctl("members", "invite", "Ben@x.example", "--role", "analyst", "--read-content", ...acme);
  expect(invited).toMatchObject({
    code: 0,
    out: expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+\/join\?token=\S{43}/),
  });
  const found = resultOf(await twinctl("members", "ls", "--json", ...acme));
  expect(found).toMatchObject({
    members: [{ email: "ann@x.example", role: "owner", has_password: false }],
    invitations: [{ email: "Ben@x.example", role: "analyst", content_read: true, invited_by: null }],
  });
  expect(await twinctl("members", "password", "Ann@x.example", ...acme)).toMatchObject({
    code: 0,
    out: expect.stringMatching(/http:\/\/127\.0\.0\.1:\d+\/set-password\?token=\S{43}/),
  });
  expect(await twinctl("members", "password", "nobody@x.example", ...acme)).toMatchObject({
    code: 2,
    err: expect.stringContaining("is no member here"),
  });
  expect(await twinctl("members", "remove", "ben@x.example", ...acme)).toMatchObject({
    code: 0,
    out: "The invitation of ben@x.example is taken back.\n",
  });
  expect(await twinctl("members", "remove", "ann@x.example", ...acme)).toMatchObject({
    code: 1,
    err: expect.stringContaining("an organisation keeps an owner who can sign in"),
  });
});
