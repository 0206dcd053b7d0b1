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
    await dialog.getByText(/^(31 days (open|sealed)|\d+ days sealed)/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
  }
});

test("i asks the same of the point that the arrow keys stand on; under a filter there is no receipt", async () => {
  await visit("/?range=7d");
  await page.getByRole("application").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("i");
  await page
    .getByRole("dialog", { name: /^Active users, / })
    .getByText("Recomputed now")
    .waitFor();
  await page.keyboard.press("Escape");
  await visit("/?range=7d&platform=slack");
  await page.keyboard.press("t");
  await page.getByRole("figure").getByRole("table").waitFor();
  expect(await page.getByRole("button", { name: /^why\?/ }).count()).toBe(0);
});
