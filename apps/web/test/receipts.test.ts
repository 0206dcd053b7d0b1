import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled } from "./visit.ts";

let page: Page;

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

test("why? tells the receipt of a day's figure, closes by Escape and gives the focus back", async () => {
  await visit("/?range=last-month");
  await page.keyboard.press("t");
  const why = page
    .getByRole("figure")
    .getByRole("button", { name: /^why\? Active users/ })
    .first();
  const value = await page.getByRole("figure").getByRole("table").getByRole("link").first().textContent();
  await why.click();
  const dialog = page.getByRole("dialog", { name: /^Active users, / });
  await dialog.getByText("at least one session").waitFor();
  expect(await dialog.getByText(/^Counted from [\d,]+ sessions?\.$/).count()).toBe(1);
  expect(await dialog.getByText("Recomputed now").isVisible()).toBe(false);
  await dialog.getByText("How it was computed").click();
  await dialog.getByText("Recomputed now").waitFor();
  expect(await dialog.getByText(/^sessions: [\d,]+ raw rows?$/).count()).toBe(1);
  expect(await dialog.getByText(`${value}, the same`).count()).toBe(1);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^why\?/);
});

test("why? on a tab tells the receipt of the whole range", async () => {
  await visit("/?range=last-month");
  for (const name of ["Active users", "Helpful"]) {
    await page.getByRole("button", { name: `why? ${name}` }).click();
    const dialog = page.getByRole("dialog", { name: `${name}, last month` });
    await dialog.getByText("How it was computed").click();
    await dialog.getByText(/^(\d+ days (open|sealed)|\d+ days sealed)/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
});

test("i asks the same of the point that the arrow keys stand on, and of the tile that has the focus or the pointer", async () => {
  await visit("/?range=7d");
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("i");
  await page
    .getByRole("dialog", { name: /^Active users, / })
    .getByText(/^Counted anew just now/)
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("navigation", { name: "Figures" }).getByRole("link", { name: "Messages" }).focus();
  await page.keyboard.press("i");
  await page.getByRole("dialog", { name: /^Messages, / }).waitFor();
  await page.keyboard.press("Escape");
  await page.evaluate(() => (document.activeElement as HTMLElement).blur());
  await page.getByRole("button", { name: "why? Documents" }).hover();
  await page.keyboard.press("i");
  await page.getByRole("dialog", { name: /^Documents, / }).waitFor();
  await page.keyboard.press("Escape");
});

test("under a filter the receipt is that of what the filter leaves, and says so", async () => {
  await visit("/?range=7d&platform=slack&department=Engineering");
  const tile = page.getByRole("navigation", { name: "Figures" }).locator(".tile").nth(1);
  const value = await tile.locator(".value").innerText();
  await page.getByRole("button", { name: "why? Conversations" }).click();
  const dialog = page.getByRole("dialog", { name: /^Conversations, / });
  await dialog.getByText(/^Only where Platform is Slack.*Department is Engineering\.$/).waitFor();
  expect(await dialog.locator(".value").innerText()).toBe(value);
  await dialog.getByText(`Counted from ${value} activities.`).waitFor();
});
