import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aged, makeAged } from "./aged.ts";
import { leave, open, ready, signInAs, wrongs } from "./visit.ts";

let page: Page;
let aged: Aged;

beforeAll(async () => {
  aged = await makeAged();
  page = await (await open()).newPage();
  await signInAs(page, aged);
}, 240_000);
afterAll(leave);

const total = async () => Number(await page.locator("[data-total]").getAttribute("data-total"));

test("an archived month says so, comes back beside what is live when asked to, and goes again", async () => {
  await page.goto("/lifecycle");
  await ready(page);
  const archives = page.getByRole("table", { name: "Archived months" });
  await archives.getByRole("link", { name: String(aged.activities), exact: true }).click();
  await page.waitForURL(`/activities?from=${aged.month}-01&to=${aged.month}-31`);
  await page.getByText(`${aged.activities} activities of May ${aged.month.slice(0, 4)} are archived.`).waitFor();
  await page.getByText("The activities of these days are archived").waitFor();
  // As many as the figures say, and why none of them is listed.
  expect(await total()).toBe(aged.activities);
  await page
    .getByText(/^3 activities are counted and no longer listed .*: activities are kept for 2 years, then archived\.$/)
    .waitFor();
  expect(await wrongs(page)).toEqual([]);

  await page.getByRole("button", { name: /^Restore/ }).click();
  await page.getByText("are restored from the archive").waitFor();
  await page.getByText("no longer listed").waitFor({ state: "detached", timeout: 30_000 });
  expect(await total()).toBe(aged.activities);
  await page.goto(`/activities?from=${aged.month}-01&to=${aged.month}-31`);
  const first = page.getByRole("table").getByRole("link").first();
  expect(await first.getByTitle("Restored from the archive").count()).toBe(1);
  await page.goto((await first.getAttribute("href"))!);
  await page.getByText("restored from the archive").waitFor();
  const address = page.url();

  await page.goto("/lifecycle");
  await ready(page);
  await archives.getByText(/restored until/).waitFor();
  await archives.getByRole("button", { name: /^Let go/ }).click();
  await archives.getByRole("button", { name: /^Restore/ }).waitFor();
  await page.goto(address);
  await page.getByRole("heading", { name: "This is archived" }).waitFor();
  await page.getByRole("link", { name: "Activities of that month" }).click();
  await page.getByText("The activities of these days are archived").waitFor();
});
