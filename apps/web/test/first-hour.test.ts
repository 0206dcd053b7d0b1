import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { connect } from "@twin/db/postgres/connect";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { baseUrl } from "./browser.ts";
import { type Made, makeOrganization, until } from "./organization.ts";
import { leave, open, ready, signInAs, wrongs } from "./visit.ts";

const root = join(import.meta.dirname, "../../..");
const folder = mkdtempSync(join(tmpdir(), "first-hour-"));
let made: Made;
let page: Page;

beforeAll(async () => {
  const db = connect(inject("databaseUrl"), { max: 2 });
  try {
    made = await makeOrganization(db, { slug: `first-${Date.now().toString(36)}`, name: "First Hour" }, []);
  } finally {
    await db.close();
  }
  symlinkSync(join(root, "twinctl"), join(folder, "twinctl"));
  page = await (await open({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
  await signInAs(page, made);
}, 240_000);
afterAll(async () => {
  await leave();
  rmSync(folder, { recursive: true });
});

/** Does what a terminal would do with these lines, in a folder with `twinctl`. */
function run(file: string, args: string[]): Promise<{ code: number; said: string }> {
  const env = { ...process.env, NODE_ENV: "", VITEST: "", DATABASE_URL: "", DATA_DIR: inject("dataDir") };
  return new Promise((done) => {
    execFile(file, args, { cwd: folder, env }, (error, stdout, stderr) =>
      done({ code: error ? Number(error.code ?? 1) : 0, said: stdout + stderr }),
    );
  });
}

const progress = () => page.getByText(/^\d of 4 done$/);

async function linesFor(way: string): Promise<string> {
  await page.getByRole("button", { name: way, exact: true }).click();
  return page.getByRole("region", { name: "Lines to copy" }).innerText();
}

/** An export in which a bot answers the owner, as Slack lays it out. */
function writeExport(): void {
  const at = Math.floor(Date.now() / 1000) - 3_600;
  const said = (seconds: number, more: object) => ({ type: "message", ts: `${seconds}.000100`, text: "…", ...more });
  const files: Record<string, unknown> = {
    "users.json": [
      { id: "U1", team_id: "T1", name: "ann", profile: { real_name: "Ann Alt", email: made.email } },
      { id: "UB", team_id: "T1", name: "askgpt", is_bot: true, profile: { real_name: "AskGPT", bot_id: "B1" } },
    ],
    "channels.json": [{ id: "C1", name: "general" }],
    [`general/${new Date(at * 1000).toISOString().slice(0, 10)}.json`]: [
      said(at, { user: "U1", thread_ts: `${at}.000100` }),
      said(at + 5, { subtype: "bot_message", bot_id: "B1", thread_ts: `${at}.000100` }),
    ],
  };
  mkdirSync(join(folder, "export.zip/general"), { recursive: true });
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, "export.zip", name), JSON.stringify(content));
}

test("an empty organisation lists what is left to do, which ticks itself off", async () => {
  await ready(page);
  await progress().waitFor();
  expect(await progress().innerText()).toBe("2 of 4 done");
  expect(await wrongs(page)).toEqual([]);

  await page.getByText("Choose another zone").click();
  await page.getByLabel("Time zone").fill("Europe/Nowhere");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("Time zone").fill("Europe/Lisbon");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Days by Europe/Lisbon").waitFor();

  await page.getByRole("button", { name: "Create an API key" }).click();
  await page.getByText("3 of 4 done").waitFor();
  const token = /Bearer (\S+)'/.exec(await linesFor("curl"))![1]!;
  const sent = await fetch(`${baseUrl()}/api/ingest`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({
      records: [{ type: "user", external_id: "u0", email: "first@company.com", full_name: "First One" }],
    }),
  });
  expect(await sent.json()).toMatchObject({ accepted: 1 });
  await page.getByText("4 of 4 done").waitFor();
});

test("the lines of each way do what they say, exactly as they are printed", async () => {
  const [typescript, ndjson, slack, curl] = [
    await linesFor("TypeScript"),
    await linesFor("NDJSON"),
    await linesFor("Slack export"),
    await linesFor("curl"),
  ];
  await page.getByRole("button", { name: "Copy" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(curl);

  writeFileSync(join(folder, "first.ts"), typescript);
  const first = await run(process.execPath, ["first.ts"]);
  expect(first.said).toMatch(/accepted: 3/);
  await page.getByRole("figure", { name: /^Active users per day/ }).waitFor();

  // The same records, sent in other ways, are known.
  expect(JSON.parse((await run("bash", ["-c", curl.replace("curl ", "curl -s ")])).said)).toMatchObject({
    accepted: 0,
    duplicates: 3,
  });
  const imported = await run("bash", ["-c", ndjson]);
  expect(imported).toMatchObject({ code: 0, said: expect.stringMatching(/duplicates\s+3/) });
  writeExport();
  const exported = await run("bash", ["-c", slack]);
  expect(exported.code).toBe(0);
  expect(exported.said).toContain("These bots speak in the export:");
  expect(exported.said).toContain("1 conversation with 2 messages, of AskGPT");
}, 120_000);

test("the owner loads a demonstration, comes back, and removes it whole", async () => {
  const db = connect(inject("databaseUrl"), { max: 2 });
  try {
    const slug = `asks-${Date.now().toString(36)}`;
    const asking = await makeOrganization(db, { slug, name: "Asking" }, []);
    const own = await (await open()).newPage();
    await signInAs(own, asking);
    await ready(own);
    await own.getByRole("button", { name: "Load demonstration data" }).click();
    await own.getByText("demonstration", { exact: true }).waitFor();
    await own.getByRole("figure", { name: /^Active users per day/ }).waitFor({ timeout: 60_000 });

    const menu = own.locator("summary", { hasText: "Acme Corp" });
    await menu.click();
    await own.getByRole("button", { name: "Asking" }).click();
    await own.getByText("2 of 4 done").waitFor();
    await own.getByRole("button", { name: "Open Acme Corp" }).click();
    await own.locator("summary", { hasText: "Acme Corp" }).click();
    await own.getByRole("link", { name: "Remove the demonstration…" }).click();
    await own.getByLabel("Type Acme Corp to confirm").fill("acme");
    await own.getByRole("button", { name: "Remove the demonstration" }).click();
    await own.getByRole("alert").waitFor();
    expect(await wrongs(own)).toEqual([]);
    await own.getByLabel("Type Acme Corp to confirm").fill("Acme Corp");
    await own.getByRole("button", { name: "Remove the demonstration" }).click();
    await own.getByRole("button", { name: "Load demonstration data" }).waitFor();
    // Its fill may still run: it is told to stop, and then nothing is left.
    await until("removed", async () => {
      const { rows } = await db.pool.query("select from auth.organizations where removed_at is not null");
      return rows.length === 0;
    });
  } finally {
    await db.close();
  }
}, 180_000);
