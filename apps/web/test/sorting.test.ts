import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, overflow, ready, signIn, untilFilled, wrongs } from "./visit.ts";

let page: Page;
beforeAll(async () => {
  page = await (await open({ acceptDownloads: true })).newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

async function visit(path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}
const heads = (name: string) => page.getByRole("columnheader", { name, exact: true });
const firsts = () => page.locator("table").first().getByRole("rowheader").locator(".strong").allInnerTexts();

test("features are sorted by the heads of their table, in the address, also on a phone", async () => {
  await visit("/features?range=last-month");
  expect(await heads("Uses").getAttribute("aria-sort")).toBe("descending");
  const byUse = await firsts();
  await heads("Feature").getByRole("link").click();
  await page.waitForURL("/features?range=last-month&sort=name");
  expect(await heads("Feature").getAttribute("aria-sort")).toBe("ascending");
  expect(await heads("Uses").getAttribute("aria-sort")).toBeNull();
  const byName = [...byUse].sort((a, b) => a.localeCompare(b, "en", { sensitivity: "base" }));
  expect(await firsts()).toEqual(byName);
  await heads("Feature").getByRole("link").click();
  await page.waitForURL("/features?range=last-month&sort=name&order=desc");
  expect(await firsts()).toEqual(byName.toReversed());
  expect(await wrongs(page)).toEqual([]);
  await page.setViewportSize({ width: 375, height: 800 });
  expect(await heads("Per user").isVisible()).toBe(false);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
});

const inOrder = (names: readonly string[]) =>
  names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : a.toLowerCase() > b.toLowerCase() ? 1 : 0));

test("users are sorted by name and by when they were active, on every page of the list, under a search, and in its file", async () => {
  const names = () => page.getByRole("rowheader").allInnerTexts();
  await visit("/users");
  expect(await heads("Last active").getAttribute("aria-sort")).toBe("descending");
  expect(await heads("Activities").getByRole("link").count()).toBe(0);
  await heads("Name").getByRole("link").click();
  await page.waitForURL("/users?sort=name");
  expect(await heads("Name").getAttribute("aria-sort")).toBe("ascending");
  const first = await names();
  await page.getByRole("link", { name: "Further" }).click();
  await page.waitForURL(/^[^?]*\/users\?(sort=name&cursor|cursor=.*&sort=name)/);
  const both = [...first, ...(await names())];
  expect(new Set(both).size).toBe(both.length);
  expect(both).toEqual(inOrder(both));
  await heads("Name").getByRole("link").click();
  await page.waitForURL("/users?sort=name&order=desc");
  expect((await names())[0]!.toLowerCase() > both.at(-1)!.toLowerCase()).toBe(true);
  await page.getByText("by name from Z to A; days").waitFor();

  await page.getByRole("searchbox").fill("son");
  await page.waitForURL((url) => url.searchParams.get("search") === "son");
  await expect.poll(async () => (await names()).every((name) => /son/i.test(name))).toBe(true);
  const found = await names();
  expect(found).toEqual(inOrder(found).toReversed());
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV", exact: true }).click(),
  ]);
  const [, ...lines] = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  expect(lines.slice(0, found.length).map((line) => line.split(",")[0])).toEqual(found);

  await visit("/users?sort=last_active_at&order=asc");
  await page.getByText("active longest ago first; days").waitFor();
  await visit(`/users?sort=name&cursor=${encodeURIComponent("ld.1.1")}`);
  await page.getByText(/a list in another order/).waitFor();
});

test("the people behind a number are sorted by name, by when they became known and when they were active", async () => {
  await visit("/people?range=last-month&who=active");
  expect(await heads("Known since").getAttribute("aria-sort")).toBe("descending");
  const total = await page
    .getByRole("heading", { level: 1 })
    .locator("xpath=..")
    .getByText(/people$/)
    .first()
    .innerText();
  await heads("Name").getByRole("link").click();
  await page.waitForURL((url) => url.searchParams.get("sort") === "name");
  const names = await page.getByRole("rowheader").allInnerTexts();
  expect(names).toEqual(inOrder(names));
  await page
    .getByText(/by name$/)
    .last()
    .waitFor();
  expect(
    await page
      .getByRole("heading", { level: 1 })
      .locator("xpath=..")
      .getByText(/people$/)
      .first()
      .innerText(),
  ).toBe(total);
  await heads("Last active").getByRole("link").click();
  await page.waitForURL((url) => url.searchParams.get("sort") === "last_active_at");
  expect(await wrongs(page)).toEqual([]);
});

const numbers = (texts: readonly string[]) => texts.map((text) => Number(/[\d,]+/.exec(text)?.[0].replaceAll(",", "")));

test("a person's months are sorted, all of them before a year of them is shown", async () => {
  await visit("/people?range=all&sort=created_at&order=asc");
  const profiles = await page.getByRole("link", { name: /^Profile/ }).all();
  const hrefs = await Promise.all(profiles.map((link) => link.getAttribute("href")));
  // Some left soon.
  for (const href of hrefs) {
    await visit(href!.split("?")[0]!);
    if (await page.getByRole("button", { name: "Show all" }).count()) break;
  }
  const months = page.getByRole("table", { name: /in each month$/ });
  const shown = await months.getByRole("rowheader").count();
  expect(await months.getByRole("columnheader", { name: "Month" }).getAttribute("aria-sort")).toBe("descending");
  await page.getByRole("button", { name: "Show all" }).click();
  const activities = () => months.locator("td.activities").allInnerTexts();
  const byUse = numbers(await activities()).toSorted((a, b) => b - a);
  expect(byUse.length).toBeGreaterThan(shown);
  await page.getByRole("button", { name: "Show fewer" }).click();
  await months.getByRole("columnheader", { name: "Activities" }).getByRole("link").click();
  await page.waitForURL((url) => url.search === "?sort=activities");
  await expect.poll(async () => numbers(await activities())).toEqual(byUse.slice(0, shown));
  expect(await wrongs(page)).toEqual([]);
});

test("both tables of engagement are sorted, each by itself", async () => {
  await visit("/engagement?range=last-month");
  const stages = page.getByRole("table", { name: /by whole weeks$/ });
  const weeks = await stages.getByRole("rowheader").allInnerTexts();
  await stages.getByRole("columnheader", { name: "Returning" }).getByRole("link").click();
  await page.waitForURL("/engagement?range=last-month&sort=returning");
  const returning = numbers(await stages.locator("tbody tr td:nth-child(3)").allInnerTexts());
  expect(returning).toEqual(returning.toSorted((a, b) => b - a));
  expect((await stages.getByRole("rowheader").allInnerTexts()).toSorted()).toEqual(weeks.toSorted());
  await page.keyboard.press("t");
  const days = page.getByRole("region", { name: /as a table$/ });
  await days.getByRole("columnheader", { name: "7 days" }).getByRole("link").click();
  await page.waitForURL("/engagement?range=last-month&sort=returning&days_sort=wau");
  const weekly = numbers(await days.locator("tbody tr td:nth-child(3)").allInnerTexts());
  expect(weekly.length).toBeGreaterThan(27);
  expect(weekly).toEqual(weekly.toSorted((a, b) => b - a));
  expect(await wrongs(page)).toEqual([]);
});

test("members are sorted by name, role and when they signed in", async () => {
  await visit("/settings/members");
  expect(await heads("Member").getAttribute("aria-sort")).toBe("ascending");
  const names = await firsts();
  expect(names.length).toBeGreaterThanOrEqual(3);
  await heads("Role").getByRole("link").click();
  await page.waitForURL("/settings/members?sort=role");
  expect((await firsts())[0]).toBe("Priya Raghunathan");
  await heads("Member").getByRole("link").click();
  await page.waitForURL("/settings/members");
  expect(await firsts()).toEqual(names);
  expect(await wrongs(page)).toEqual([]);
});

test("from a twin one goes to those beside it in the list that it was opened from, also by key, and back to that list", async () => {
  await visit("/twins?range=last-month&sort=name");
  const names = (await page.getByRole("rowheader").allInnerTexts()).slice(0, 3);
  const title = page.getByRole("heading", { level: 1 });
  await page.getByRole("rowheader").first().getByRole("link").click();
  await page.waitForURL(/\/twins\/[0-9a-f-]+\?range=last-month&sort=name$/);
  await ready(page);
  expect(await title.innerText()).toBe(names[0]);
  expect(await page.getByRole("link", { name: "Previous twin" }).getAttribute("aria-disabled")).toBe("true");
  await page.getByRole("link", { name: "Next twin" }).click();
  await expect.poll(() => title.innerText()).toBe(names[1]);
  await page.keyboard.press("j");
  await expect.poll(() => title.innerText()).toBe(names[2]);
  await page.keyboard.press("k");
  await expect.poll(() => title.innerText()).toBe(names[1]);
  expect(await wrongs(page)).toEqual([]);
  await page.locator(".crumb").getByRole("link", { name: "Twins" }).click();
  await page.waitForURL("/twins?range=last-month&sort=name");
  // Opened from elsewhere it stands beside none.
  await visit("/sessions?range=7d");
  await page.locator("td.twin").getByRole("link").first().click();
  await page.waitForURL(/\/twins\//);
  expect(await page.getByRole("link", { name: "Next twin" }).count()).toBe(0);
});

test("the file of the twins holds all of them, in the order of the table, with the zone in its name", async () => {
  await visit("/twins?range=last-month&sort=name");
  const told = await page.getByText(/^\d+ of [\d,]+$/).innerText();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV", exact: true }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^twins-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d-Europe-Berlin\.csv$/);
  const [head, ...lines] = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  expect(head).toMatch(/^name,owner,owner_department,/);
  expect(String(lines.length)).toBe(told.split(" of ")[1]!.replaceAll(",", ""));
  const firstTwin = await page.getByRole("rowheader").first().innerText();
  expect(lines[0]).toContain(firstTwin.trim());
  expect(lines[0]).toMatch(/,\d{4}-\d\d-\d\dT[\d:.]+Z,|,,/);
});

async function fileOf(path: string): Promise<{ name: string; head: string; lines: string[] }> {
  await visit(path);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV", exact: true }).click(),
  ]);
  const [head, ...lines] = readFileSync(await download.path(), "utf8")
    .trim()
    .split("\r\n");
  return { name: download.suggestedFilename(), head: head!, lines };
}

test("the file of the members is in the order of their table, and for those alone who may see them", async () => {
  const { name, head, lines } = await fileOf("/settings/members?sort=role");
  expect(name).toMatch(/^members-\d{4}-\d\d-\d\d-Europe-Berlin\.csv$/);
  expect(head).toMatch(/^full_name,email,role,content_read,titles_read,joined_at,/);
  expect(lines.map((line) => line.split(",")[0])).toEqual(await firsts());
  for (const line of lines) expect(line.split(",")[5]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  const analyst = await (await open()).newPage();
  await signIn(analyst, "analyst");
  expect((await analyst.request.get("/settings/members/export.csv")).status()).toBe(403);
  await analyst.context().close();
});

test("the file of a feature's uses holds every event that senders recorded of it, newest first", async () => {
  await visit("/features?range=last-month");
  const path = await page.locator('table a[href^="/features/"]').first().getAttribute("href");
  const { name, head, lines } = await fileOf(path!);
  expect(name).toMatch(/^uses-[a-z0-9_-]+-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d-Europe-Berlin\.csv$/);
  expect(head).toBe("used_at,count,user_name,user_email,user_id,id");
  const told = await page.getByRole("status").first().innerText();
  const [uses, events = uses] = [...told.matchAll(/[\d,]+/g)].map(([number]) => Number(number.replaceAll(",", "")));
  expect(lines).toHaveLength(events!);
  expect(lines.reduce((sum, line) => sum + Number(line.split(",")[1]), 0)).toBe(uses);
  const times = lines.map((line) => line.split(",")[0]!);
  expect(times).toEqual(times.toSorted().toReversed());
  expect((await page.request.get("/features/question_asked/export.csv")).status()).toBe(404);
});

test("a session leads to its twin", async () => {
  await visit("/sessions?range=7d");
  const link = page.locator("td.twin").getByRole("link").first();
  const name = await link.innerText();
  await link.click();
  await page.waitForURL(/\/twins\/[0-9a-f-]+\?range=7d$/);
  expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe(name);
});
