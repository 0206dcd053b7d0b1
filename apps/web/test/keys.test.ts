import { createKey } from "@twin/db/access/keys";
import { connect, type Database } from "@twin/db/postgres/connect";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { baseUrl } from "./browser.ts";
import { type Made, makeOrganization } from "./organization.ts";
import { leave, open, overflow, ready, signIn, signInAs, wrongs } from "./visit.ts";

let db: Database;
let made: Made;
let page: Page;
beforeAll(async () => {
  db = connect(inject("databaseUrl"), { max: 2 });
  made = await makeOrganization(db, { slug: `keys-${Date.now().toString(36)}`, name: "Keys" }, []);
  page = await (await open({ permissions: ["clipboard-read", "clipboard-write"] })).newPage();
  await signInAs(page, made);
}, 240_000);
afterAll(async () => {
  await db.close();
  await leave();
});

/** What the API answers to a key. */
const statusOf = async (key: string) =>
  (await fetch(`${baseUrl()}/api/metrics`, { headers: { authorization: `Bearer ${key}` } })).status;
const visit = async () => {
  await page.goto("/settings/keys");
  await ready(page);
};
const row = (name: string, which = 0) => page.getByRole("row", { name }).nth(which);

test("an owner makes a key, sees it once, rotates it with both working, ends the old one, and revokes the new one", async () => {
  await visit();
  await page.getByText("No key yet").waitFor();
  await page.getByRole("link", { name: "New key…" }).last().click();
  let dialog = page.getByRole("dialog", { name: "New key" });
  await dialog.getByLabel("Name", { exact: true }).fill("Data warehouse");
  await dialog.getByRole("button", { name: "Make key" }).click();
  await dialog.getByRole("alert").getByText("Choose at least one thing that it may do.").waitFor();
  expect(await dialog.getByLabel("Name", { exact: true }).inputValue()).toBe("Data warehouse");
  await dialog.getByLabel("read figures").check();
  await dialog.getByText("90 days").click();
  expect(await wrongs(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Make key" }).click();
  const shown = page.getByLabel("The new key");
  const first = (await shown.textContent())!;
  expect(first).toMatch(/^twin_/);
  expect(await dialog.count()).toBe(0);
  expect(await statusOf(first)).toBe(200);
  await page.getByRole("button", { name: "Copy key" }).click();
  await page.getByText("Key copied.").waitFor();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(first);
  expect(await wrongs(page)).toEqual([]);

  await page.getByRole("link", { name: "I have it" }).click();
  await expect.poll(() => shown.count()).toBe(0);
  expect(await page.content()).not.toContain(first);
  expect(await row("Data warehouse").textContent()).toMatch(/metrics\.read\s*data-warehouse/);

  await page.getByRole("link", { name: /^Rotate Data warehouse/ }).click();
  dialog = page.getByRole("dialog", { name: "Rotate “Data warehouse”" });
  await dialog.getByText("7 days").click();
  await dialog.getByRole("button", { name: "Rotate" }).click();
  const second = (await shown.textContent())!;
  expect(second).not.toBe(first);
  await page.getByText("so nothing has to stop").waitFor();
  expect([await statusOf(first), await statusOf(second)]).toEqual([200, 200]);
  expect(await row("Data warehouse", 0).textContent()).toMatch(/replaces twin_/);
  expect(await row("Data warehouse", 1).textContent()).toMatch(/both work, ends in 7 days/);

  await page.getByRole("link", { name: /^End now: Data warehouse/ }).click();
  dialog = page.getByRole("dialog", { name: "End “Data warehouse” now?" });
  await dialog.getByText("goes on").waitFor();
  await dialog.getByRole("button", { name: "End now" }).click();
  await expect.poll(() => row("Data warehouse", 1).textContent()).toMatch(/revoked .* by/);
  expect([await statusOf(first), await statusOf(second)]).toEqual([401, 200]);

  await page.getByRole("link", { name: /^Revoke Data warehouse/ }).click();
  dialog = page.getByRole("dialog", { name: "Revoke “Data warehouse”?" });
  expect(await dialog.getByRole("button", { name: "Revoke" }).isDisabled()).toBe(true);
  await dialog.getByLabel("Type Data warehouse").fill("Data warehouse");
  await dialog.getByRole("button", { name: "Revoke" }).click();
  await expect.poll(() => page.getByRole("link", { name: /^Revoke/ }).count()).toBe(0);
  expect(await statusOf(second)).toBe(401);
  await page.getByRole("heading", { name: "Keys 0 work" }).waitFor();
});

test("a key that ends soon, and one that nobody used, say so; at every width the page fits", async () => {
  const name = "Grafana of the platform operations team in Lisbon and Kraków";
  const scopes = ["metrics.read", "activities.read"] as const;
  const expires_at = new Date(Date.now() + 6.2 * 86_400_000).toISOString();
  await createKey(db, made.actor, { name: "Ending", source: "s", scopes: [...scopes], expires_at }, new Date());
  await createKey(db, made.actor, { name, source: "a-source-with-a-long-name", scopes: ["ingest.write"] }, new Date());
  await visit();
  expect(await row("Ending").textContent()).toMatch(/ends in 6 days.*twinctl/s);
  expect(await row(name).textContent()).toMatch(/never used.*never.*never/s);
  for (const width of [320, 375, 820, 1280, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await overflow(page), `${width} px`).toBeLessThanOrEqual(0);
    expect(await page.getByRole("link", { name: /^Rotate Ending/ }).isVisible()).toBe(true);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("without JavaScript a key is made, rotated and revoked as well; a wrong name keeps it", async () => {
  const context = await open({ javaScriptEnabled: false, storageState: await page.context().storageState() });
  const plain = await context.newPage();
  await plain.goto("/settings/keys");
  await plain.getByRole("link", { name: "New key…" }).first().click();
  await plain.getByLabel("Name", { exact: true }).fill("Plain");
  await plain.getByRole("button", { name: "Make key" }).click();
  await plain.getByText("Choose at least one thing that it may do.").waitFor();
  expect(await plain.getByLabel("Name", { exact: true }).inputValue()).toBe("Plain");
  await plain.getByLabel("read figures").check();
  await plain.getByRole("button", { name: "Make key" }).click();
  const key = (await plain.getByLabel("The new key").textContent())!;
  expect(await statusOf(key)).toBe(200);
  await plain.getByRole("link", { name: /^Rotate Plain/ }).click();
  await plain.getByLabel("Not at all").check({ force: true });
  await plain.getByRole("button", { name: "Rotate" }).click();
  const next = (await plain.getByLabel("The new key").textContent())!;
  expect([await statusOf(key), await statusOf(next)]).toEqual([401, 200]);
  await plain.getByRole("link", { name: /^Revoke Plain/ }).click();
  await plain.getByLabel("Type Plain").fill("Plan");
  await plain.getByRole("button", { name: "Revoke" }).click();
  await plain.getByText("Type its name as it stands above.").waitFor();
  expect(await statusOf(next)).toBe(200);
  await plain.getByLabel("Type Plain").fill("Plain");
  await plain.getByRole("button", { name: "Revoke" }).click();
  await plain
    .getByText(/^revoked/)
    .first()
    .waitFor();
  expect(await statusOf(next)).toBe(401);
});

test("who may not make keys sees neither the page nor the way to it", async () => {
  const viewers = await (await open()).newPage();
  await signIn(viewers, "viewer");
  await ready(viewers);
  expect(await viewers.getByRole("link", { name: "API keys" }).count()).toBe(0);
  expect((await viewers.goto("/settings/keys"))!.status()).toBe(403);
  await viewers.getByText("Owners and admins make and end API keys. Ask one of them.").waitFor();
});
