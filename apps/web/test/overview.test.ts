import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, openAccount, ready, signIn, untilFilled } from "./visit.ts";

let page: Page;
const query = () => new URL(page.url()).search;

beforeAll(async () => {
  page = await (await open()).newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

async function visit(path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}

test("the address is the state: presets by key, steps by arrow, comparison by x", async () => {
  await visit("/");
  expect(await page.title()).toBe("Overview · last 28 days · Twin Analytics");
  await page.keyboard.press("w");
  await page.waitForURL(/range=7d/);
  expect(await page.title()).toBe("Overview · last 7 days · Twin Analytics");
  await page.keyboard.press("ArrowLeft");
  await page.waitForURL(/offset=-1/);
  await page.keyboard.press("Alt+ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.waitForURL((url) => !url.searchParams.has("offset"));
  await page.keyboard.press("f");
  await page.waitForURL((url) => url.search === "");
  await page.keyboard.press("x");
  await page.waitForURL(/compare=off/);
  expect(await page.getByText("Previous 28 days").count()).toBe(0);
  await page.keyboard.press("x");
  await page.waitForURL((url) => url.search === "");
});

test("exact days come from the picker, and one day has a clean address", async () => {
  await visit("/");
  await page.keyboard.press("c");
  await page.getByLabel("From", { exact: true }).fill("2026-11-02");
  await page.getByLabel("To, inclusive").fill("2026-11-02");
  await page.getByRole("button", { name: "Apply" }).click();
  await page.waitForURL(/day=2026-11-02/);
  expect(query()).toBe("?day=2026-11-02");
});

test("a tab swaps the chart; the sentence, the chart and its table say the same", async () => {
  await visit("/?range=7d");
  await page
    .getByRole("navigation", { name: "Figures" })
    .getByRole("link", { name: /^Messages/ })
    .click();
  await page.waitForURL(/metric=messages/);
  const figure = page.getByRole("figure", { name: "Messages per day" });
  await figure.waitFor();
  expect(await figure.getByText(/^Messages (rose|fell|stayed)|^Messages:/).count()).toBeGreaterThan(0);
  await page.keyboard.press("t");
  const rows = figure.getByRole("row");
  await rows.first().waitFor();
  expect(await rows.count()).toBe(8);
  await page.keyboard.press("t");
  await figure.getByRole("application").waitFor();
});

test("tile, sentence, table and file tell one change, of the days that are over", async () => {
  await visit("/?range=12mo&metric=conversations");
  const figure = page.getByRole("figure", { name: "Conversations per week" });
  const tile = page.getByRole("navigation", { name: "Figures" }).getByText(/^[\d,]+ until yesterday, was [\d,]+$/);
  const pair = (await tile.nth(1).innerText()).match(/[\d,]+(?= until)|[\d,]+$/g)!;
  const said = new RegExp(`^Conversations .* to ${pair[0]} until yesterday, from ${pair[1]};`);
  expect(await figure.getByRole("paragraph").filter({ hasText: said }).count()).toBe(1);

  const saved = page.waitForEvent("download");
  await figure.getByRole("button", { name: "CSV" }).click();
  const [head, ...lines] = (await readFile(await (await saved).path(), "utf8")).trim().split("\r\n");
  const rows = lines.map((line) =>
    Object.fromEntries(head!.split(",").map((name, at) => [name, line.split(",")[at]!])),
  );
  const finished = rows.filter((row) => row["finished"] !== "");
  const sum = (name: string) => finished.reduce((all, row) => all + Number(row[name]), 0);
  expect([sum("finished"), sum("previous")]).toEqual(pair.map((text) => Number(text.replaceAll(",", ""))));
  // The days of the counterparts stand in one row, without gaps.
  for (const [at, row] of rows.entries())
    if (at > 0)
      expect(Date.parse(row["previous_start_date"]!) - Date.parse(rows[at - 1]!["previous_end_date"]!)).toBe(
        86_400_000,
      );

  // What the range or today cuts is hollow in the chart, and says so in the table.
  const cut = rows.filter((row) => row["complete"] === "false").length;
  expect(cut).toBeGreaterThan(0);
  expect(await figure.locator("circle.hollow").count()).toBe(cut);
  await page.keyboard.press("t");
  await figure.getByRole("table").waitFor();
  expect(await figure.getByText(/^(only \d|so far)/).count()).toBe(cut);
});

test("arrow keys walk through the chart and Enter opens that day", async () => {
  await visit("/?range=7d");
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  const told = await page.getByRole("figure").locator("[aria-live]").innerText();
  expect(told).toMatch(/^\w{3} \d+ \w+ \d{4}: [\d,]+/);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/activities\?day=/);
  await page.getByRole("heading", { name: "Activities", level: 1 }).waitFor();
});

test("the hours are one stop, walked by arrows", async () => {
  await visit("/");
  const grid = page.getByRole("grid");
  expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
  await grid.locator('[tabindex="0"]').focus();
  const before = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowLeft");
  await page.waitForFunction((label) => document.activeElement?.getAttribute("aria-label") !== label, before);
  expect(await grid.locator('[tabindex="0"]').count()).toBe(1);
});

test("a platform's number leads to its sessions", async () => {
  await visit("/?range=7d");
  await page.getByRole("link", { name: /^Slack/ }).click();
  await page.waitForURL(/\/sessions\?range=7d&platform=slack/);
  await page.getByText("Platform is Slack").waitFor();
});

test("filters of the Overview are chips that can be taken away", async () => {
  await visit("/?range=7d&platform=slack,web&type=query");
  expect(query()).toBe("?range=7d&platform=slack,web&type=query");
  // Figures tell types apart by themselves: the chip says so instead of going away unsaid.
  await page.getByTitle("Figures tell types of activities apart by themselves.").waitFor();
  await page.getByRole("link", { name: "Remove filter Type" }).click();
  await page.waitForURL((url) => url.search === "?range=7d&platform=slack,web");
  await page.getByRole("link", { name: "Remove filter Platform" }).click();
  await page.waitForURL((url) => url.search === "?range=7d");
});

test("the palette goes to places; single keys can be turned off", async () => {
  await visit("/");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").fill("activ");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/activities$/);
  await page.keyboard.press("g");
  await page.keyboard.press("o");
  await page.waitForURL((url) => url.pathname === "/");
  await page.keyboard.press("?");
  await page.getByLabel("Single keys on").uncheck();
  await page.keyboard.press("Escape");
  await page.keyboard.press("w");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox").waitFor();
  await page.keyboard.press("Escape");
  expect(query()).toBe("");
  await visit("/");
  await openAccount(page);
  await page.getByRole("group", { name: "Single keys" }).getByRole("button", { name: "On" }).click();
});

test("the theme stands before the first paint of the next page", async () => {
  await visit("/");
  await openAccount(page);
  const themes = page.getByRole("group", { name: "Theme" });
  await themes.getByRole("button", { name: "Dark" }).click();
  const html = await (await page.request.get("/")).text();
  expect(html).toMatch(/<html lang="en" data-theme="dark"/);
  await themes.getByRole("button", { name: "System" }).click();
});
