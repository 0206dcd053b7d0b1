import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled, wrongs } from "./visit.ts";

let page: Page;

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
const row = (name: string) => page.getByRole("row", { name: new RegExp(`^${name}`) });

test("a shorter policy is seen before it is set, waits seven days, and can be taken back", async () => {
  await visit("/lifecycle");
  await row("Sessions").getByRole("link", { name: /^Edit/ }).click();
  const dialog = page.getByRole("dialog", { name: "Keep sessions" });
  await dialog.getByLabel("Keep for").fill("31");
  await dialog.getByText(/^In force from .*, 7 days from now/).waitFor();
  await dialog.getByText(/Then about [\d,]+ rows/).waitFor();
  expect(new URL(page.url()).search).toBe("?open=edit&data=sessions&count=31&unit=day");
  await dialog.getByLabel("Keep for").fill("3");
  const save = dialog.getByRole("button", { name: /^(Save|Keep)/ });
  expect(await save.isDisabled()).toBe(true);
  await page.waitForURL(/count=3&/);
  await dialog.locator("#policy-refused").waitFor();
  expect(await save.isDisabled()).toBe(true);
  await dialog.getByLabel("Keep for").fill("31");
  await dialog.getByRole("button", { name: "Keep 31 days from then" }).click();
  await page.waitForURL("/lifecycle");
  await row("Sessions")
    .getByText(/^31 days from/)
    .waitFor();
  expect(await row("Sessions").getByText("90 days", { exact: true }).count()).toBe(1);
  await row("Sessions").getByRole("button", { name: "Take back" }).click();
  await row("Sessions")
    .getByText(/^31 days from/)
    .waitFor({ state: "detached" });
});

test("the months that are drawn are also a table, and it says as much as the sentence", async () => {
  await visit("/lifecycle");
  await page.getByRole("button", { name: "Table", exact: true }).click();
  const table = page.getByRole("region", { name: "Storage by month, as a table" });
  expect(await table.getByRole("row").count()).toBeGreaterThan(2);
  expect(await wrongs(page)).toEqual([]);
});

test("a hold on the organisation is placed with a reason, said, and lifted by its owner", async () => {
  await visit("/lifecycle");
  await page.getByRole("link", { name: "Place a hold…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Reason/).fill("Case 4812");
  expect(await wrongs(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Place the hold" }).click();
  await page.getByText(/whole organisation is under legal hold/).waitFor();
  await page.getByText(/^Case 4812\. Placed today/).waitFor();
  await page.getByRole("link", { name: "Lift…" }).click();
  await dialog.getByLabel(/^Reason/).fill("Case closed");
  await dialog.getByRole("button", { name: "Lift the hold" }).click();
  await page.getByRole("link", { name: "Place a hold…" }).waitFor();
});

test("who reads figures alone isn't led to policies", async () => {
  const analyst = await (await open()).newPage();
  await signIn(analyst, "analyst");
  await ready(analyst);
  expect(await analyst.getByRole("link", { name: "Data lifecycle" }).count()).toBe(0);
  expect((await analyst.request.get("/lifecycle")).status()).toBe(403);
  await analyst.context().close();
});
