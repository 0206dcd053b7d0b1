import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Aged, makeAged } from "./aged.ts";
import { leave, open, ready, wrongs } from "./visit.ts";

let page: Page;
let aged: Aged;

beforeAll(async () => {
  aged = await makeAged();
  page = await (await open()).newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(aged.email);
  await page.getByLabel("Password", { exact: true }).fill(aged.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}, 240_000);
afterAll(leave);

const total = async () => Number((await page.getByRole("status").first().innerText()).replaceAll(/[^\d]/g, ""));

test("an archived month says so, comes back beside what is live when asked to, and goes again", async () => {
  await page.goto("/lifecycle");
  await ready(page);
  const archives = page.getByRole("table", { name: "Archived months" });
  await archives.getByRole("link", { name: String(aged.activities), exact: true }).click();
  await page.waitForURL(`/activities?from=${aged.month}-01&to=${aged.month}-31`);
  await page.getByText(`${aged.activities} activities of May ${aged.month.slice(0, 4)} are archived.`).waitFor();
  await page.getByText("The activities of these days are archived").waitFor();
  expect(await total()).toBe(0);
  expect(await wrongs(page)).toEqual([]);

  await page.getByRole("button", { name: /^Restore/ }).click();
  await page.getByText("are restored from the archive").waitFor();
  await expect.poll(total, { timeout: 30_000 }).toBe(aged.activities);
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
