import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled, wrongs } from "./visit.ts";

let page: Page;
const soon = <T>(value: () => T | Promise<T>) => expect.poll(value, { timeout: 30_000 });

beforeAll(async () => {
  page = await (await open()).newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

async function visit(path: string, on = page): Promise<void> {
  await on.goto(path);
  await ready(on);
}
const total = async () => Number((await page.getByRole("status").first().innerText()).replaceAll(/[^\d]/g, ""));

type Known = { name: string; email: string; path: string };
let last: Promise<Known> | undefined;

/** Opens the profile of the person who was active longest ago, whom other figures miss least; tells name and address. */
async function openLast(): Promise<Known> {
  const known = await (last ??= findLast());
  await visit(known.path);
  await page.getByRole("heading", { name: known.name, level: 1 }).waitFor();
  return known;
}

async function findLast(): Promise<Known> {
  const further = page.getByRole("link", { name: "Further" });
  await visit("/users");
  while (await further.count()) await page.goto((await further.getAttribute("href"))!);
  const row = page.getByRole("row").last();
  const link = row.getByRole("rowheader").getByRole("link");
  const [name, email] = [await row.getByRole("rowheader").innerText(), await row.getByRole("cell").first().innerText()];
  return { name, email, path: new URL((await link.getAttribute("href"))!, page.url()).pathname };
}

test("typing finds people by name or address, and the address keeps it", async () => {
  await visit("/users");
  const all = await total();
  const address = await page.getByRole("row").nth(1).getByRole("cell").first().innerText();
  await page.getByRole("searchbox").fill(address.toUpperCase());
  await page.waitForURL(/search=/);
  await soon(total).toBe(1);
  expect(all).toBeGreaterThan(1);
  await page.reload();
  await ready(page);
  expect(await page.getByRole("searchbox").inputValue()).toBe(address.toUpperCase());
  await page.getByRole("searchbox").fill("nobody is called that");
  await page.getByText("No one matches").waitFor();
  await page.getByRole("link", { name: "Show everyone" }).click();
  await page.waitForURL("/users");
  await soon(total).toBe(all);
});

test("a profile leads to sessions, twins and activities; a day of the year leads to its activities", async () => {
  await visit("/users");
  await page.getByRole("rowheader").first().getByRole("link").click();
  const day = page.getByRole("grid").locator("[tabindex='0']");
  const said = await day.getAttribute("aria-label");
  await day.focus();
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/activities\?day=/);
  await soon(total).toBe(Number(/, (\d+) activit/.exec(said!)![1]));
  await page.goBack();
  for (const tab of ["Activities", "Sessions", "Twins"]) {
    await page.getByRole("navigation", { name: "Profile" }).getByRole("link", { name: tab }).click();
    await page.waitForURL((url) => url.pathname.endsWith(tab.toLowerCase()));
    expect(await page.getByRole("table").or(page.getByText("They have no twin.")).count()).toBeGreaterThan(0);
  }
});

test("erasing wants the address typed, takes the person out of the lists, and can be undone", async () => {
  const { name, email, path } = await openLast();
  await page.getByRole("link", { name: "Privacy" }).click();
  await page.getByRole("link", { name: "Erase…" }).click();
  const dialog = page.getByRole("dialog", { name: `Erase ${name}?` });
  const erase = dialog.getByRole("button", { name: "Erase in 30 days" });
  await dialog.getByRole("textbox").fill("somebody@else.example");
  expect(await erase.isDisabled()).toBe(true);
  expect(await wrongs(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.waitForURL((url) => url.search === "");
  await page.getByRole("link", { name: "Erase…" }).click();
  await dialog.getByRole("textbox").fill(email.toUpperCase());
  await erase.click();
  await page.getByRole("heading", { name: "Erasure is scheduled" }).waitFor();
  expect(await page.getByRole("timer").innerText()).toMatch(/^(29|30|31)\s*days\s*\d+\s*hours? left$/);
  expect(await wrongs(page)).toEqual([]);

  await visit(`${path}/activities`);
  await page.getByText("Lists tell no more whose activities these are.").waitFor();
  expect((await page.request.get(`/activities/export.csv?user=${email}`)).status()).toBe(400);
  await visit(`/users?search=${encodeURIComponent(email)}`);
  await page.getByText("No one matches").waitFor();
  await page.getByRole("link", { name: /^Erasures · \d+$/ }).click();
  await page.getByRole("link", { name }).click();
  await page.waitForURL(`${path}/privacy`);
  await page.getByRole("button", { name: "Undo erasure" }).click();
  await page.getByRole("heading", { name: "Erase this person" }).waitFor();
  await visit(`/users?search=${encodeURIComponent(email)}`);
  await soon(total).toBe(1);
});

test("an export is made in the background and fetched once", async () => {
  const { path } = await openLast();
  await visit(`${path}/privacy`);
  await page.getByRole("button", { name: "Make an export" }).click();
  const button = page.getByRole("button", { name: "Download" });
  await button.waitFor({ timeout: 60_000 });
  const address = await button.evaluate((one) => (one as HTMLButtonElement).form!.action);
  // Another site's link opens such an address as the one who is signed in: it neither spends the export nor tells of it.
  expect((await page.request.get(address)).status()).toBe(405);
  const [download] = await Promise.all([page.waitForEvent("download"), button.click()]);
  expect((await readFile(await download.path())).subarray(0, 2).toString()).toBe("PK");
  const again = await page.request.post(address, { headers: { origin: new URL(address).origin } });
  expect(again.status()).toBe(409);
  await page.getByText("the copy here is gone").waitFor();
  expect(await wrongs(page)).toEqual([]);
});

test("without JavaScript the server compares the address, and says what is wrong", async () => {
  const { name, path } = await openLast();
  const plain = await (await open({ javaScriptEnabled: false })).newPage();
  await signIn(plain, "owner", `${path}/privacy`);
  await plain.getByRole("link", { name: "Erase…" }).click();
  const dialog = plain.getByRole("dialog", { name: `Erase ${name}?` });
  await dialog.getByRole("textbox").fill("somebody@else.example");
  await dialog.getByRole("button", { name: "Erase in 30 days" }).click();
  expect(await plain.getByRole("alert").innerText()).toMatch(/type it as it is shown/);
  await plain.context().close();
});

test("a viewer sees masked addresses, finds nobody by them, and no requests of people", async () => {
  const { email, path } = await openLast();
  const viewer = await (await open()).newPage();
  await signIn(viewer, "viewer", path);
  await ready(viewer);
  expect(await viewer.content()).not.toContain(email);
  expect(await viewer.getByText("•••@acme.example").count()).toBe(1);
  expect(await viewer.getByRole("link", { name: "Privacy" }).count()).toBe(0);
  expect((await viewer.request.get(`${path}/privacy`)).status()).toBe(403);
  await visit(`/users?search=${encodeURIComponent(email)}`, viewer);
  await viewer.getByText("No one matches").waitFor();
  expect(await viewer.getByRole("link", { name: /^Erasures/ }).count()).toBe(0);
  await viewer.context().close();
});
