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

const number = (text: string | null) => Number((text ?? "").replaceAll(/[^\d]/g, ""));
/** How many people the list says that it has. */
async function listed(): Promise<number> {
  await page.waitForURL(/\/people/);
  await ready(page);
  return number(await page.getByRole("status").first().textContent());
}

test("each measure of engagement is a tab, its people and those of each stage are as many as it says", async () => {
  await page.goto("/engagement?range=last-month");
  await ready(page);
  const measures = page.getByRole("navigation", { name: "Measures" });
  await measures.getByRole("link", { name: /^Weekly active/ }).click();
  await page.waitForURL("/engagement?range=last-month&metric=wau");
  const chart = page.getByRole("figure", { name: "Active users in 7 days" });
  await page.keyboard.press("t");
  const newest = chart.getByRole("row").nth(1).getByRole("link");
  const said = await newest.allInnerTexts();
  await newest.nth(1).click();
  expect(await listed()).toBe(number(said[1]!));
  await page.goBack();
  const stages = page.getByRole("table", { name: "People by stage of their lifecycle, by whole weeks" });
  const returning = stages.getByRole("row").nth(2).getByRole("link").first();
  const many = number(await returning.innerText());
  await returning.click();
  await page.getByRole("heading", { name: /^People .*active/ }).waitFor();
  expect(await listed()).toBe(many);
  await page.goBack();
  await page.getByRole("group", { name: "Lifecycle by" }).getByRole("link", { name: "Month" }).click();
  await page.waitForURL(/period=month/);
  await page.getByRole("table", { name: /by whole months/ }).waitFor();
  await page
    .getByRole("list", { name: /^People by the number of days/ })
    .getByRole("link")
    .first()
    .click();
  await page.getByRole("heading", { name: /^People active on exactly 1 day/ }).waitFor();
});
