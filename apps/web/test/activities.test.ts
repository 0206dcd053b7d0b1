import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled } from "./visit.ts";

let page: Page;
const soon = <T>(value: () => T | Promise<T>) => expect.poll(value, { timeout: 30_000 });

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
const total = async () => Number((await page.getByRole("status").first().innerText()).replaceAll(/[^\d]/g, ""));

test("facets narrow the list, the count follows, the chip clears it", async () => {
  await visit("/activities");
  const all = await total();
  await page.getByRole("complementary", { name: "Filters" }).getByRole("checkbox", { name: /Query/ }).check();
  await page.waitForURL(/type=query/);
  await page.getByText("Type is Query").waitFor();
  await soon(total).toBeLessThan(all);
  expect(await page.title()).toBe("Activities · Query · last 28 days · Twin Analytics");
  await page.getByRole("link", { name: "Remove filter Type" }).click();
  await page.waitForURL((url) => url.search === "");
  await soon(total).toBeGreaterThanOrEqual(all);
});

test("older and newer pages meet without a gap", async () => {
  await visit("/activities?range=last-month");
  const titles = () =>
    page
      .getByRole("table")
      .getByRole("link")
      .evaluateAll((links) => links.map((link) => link.id));
  const first = await titles();
  await page.getByRole("link", { name: "Older" }).click();
  await page.waitForURL(/cursor=/);
  await soon(async () => (await titles())[0]).not.toBe(first[0]);
  expect((await titles()).some((id) => first.includes(id))).toBe(false);
  await page.getByRole("link", { name: "Newer" }).click();
  await soon(async () => (await titles())[0]).toBe(first[0]);
});

test("j, k and Enter: look inside, move on, open, come back", async () => {
  await visit("/activities?range=last-month");
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.waitForURL(/peek=/);
  const peek = page.getByRole("complementary", { name: "A look inside" });
  const title = await peek.getByRole("heading").innerText();
  await page.keyboard.press("j");
  await soon(() => new URL(page.url()).searchParams.get("peek")).not.toBeNull();
  await page.keyboard.press("k");
  await soon(() => peek.getByRole("heading").innerText()).toBe(title);
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/activities\/[0-9a-f-]{36}/);
  expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe(title);
  await page.getByRole("link", { name: "Older activity" }).click();
  await soon(() => page.url()).toContain("range=last-month");
  await page.getByRole("link", { name: /^Activities · last/ }).click();
  await page.waitForURL(/\/activities\?range=last-month/);
});

test("text is masked until a reason is given, and the reading is written down", async () => {
  await visit("/activities?range=last-month&type=conversation");
  await page.getByRole("table").getByRole("link").first().click();
  await page.getByRole("complementary", { name: "A look inside" }).getByRole("link", { name: /^Open/ }).last().click();
  await page.waitForURL(/\/activities\/[0-9a-f-]{36}/);
  await page.getByText("Hidden text").first().waitFor({ state: "attached" });
  await page.getByText("Reveal text…").click();
  await page.getByLabel("Reference or note, required").fill("Ticket 4812");
  await page.getByRole("button", { name: /^Reveal/ }).click();
  await page.getByText(/Shown to you until/).waitFor();
  expect(await page.getByText("Hidden text").count()).toBe(0);
  await page.getByRole("button", { name: "Mask again" }).click();
  await page.getByText("Hidden text").first().waitFor({ state: "attached" });
  await page.reload();
  await page.getByText("Support request: Ticket 4812").first().waitFor();
});

test("a viewer sees kinds, twins and times, and no titles", async () => {
  const viewer = await (await open()).newPage();
  await signIn(viewer, "viewer", "/activities?range=7d&type=conversation");
  const first = viewer.getByRole("table").getByRole("link").first();
  const called = await first.innerText();
  expect(called).toMatch(/^Conversation · .+/);
  await viewer.goto((await first.getAttribute("href"))!);
  expect(await viewer.getByRole("heading", { level: 1 }).innerText()).toBe(called);
  await viewer.context().close();
});

test("the shown list comes as CSV, but not for a viewer, who sees masked addresses", async () => {
  await visit("/activities?range=7d&type=document");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "CSV" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^activities-.*\.csv$/);
  const text = await (await page.request.get("/activities/export.csv?range=7d&type=document")).text();
  const [head, ...lines] = text.trimEnd().split("\r\n");
  expect(head).toMatch(/^started_at,activity_type,title,/);
  expect(lines.every((line) => line.includes(",document,"))).toBe(true);

  const viewer = await (await open()).newPage();
  await signIn(viewer, "viewer", "/activities?range=7d");
  expect(await viewer.getByRole("link", { name: "CSV" }).count()).toBe(0);
  expect((await viewer.request.get("/activities/export.csv?range=7d")).status()).toBe(403);
  await viewer.context().close();
});

test.each(["/people?who=active&range=7d", "/users?department=Sales", "/sessions?range=7d", "/twins?range=7d"])(
  "%s comes as a file with as many rows as the page says",
  async (path) => {
    await visit(path);
    const said = await page.getByRole("heading", { level: 1 }).locator("xpath=following-sibling::*[1]").textContent();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "CSV" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^(people|users|sessions|twins)-.*-Europe-Berlin\.csv$/);
    const [head, ...lines] = readFileSync(await download.path(), "utf8")
      .trimEnd()
      .split("\r\n");
    expect(head).toMatch(/,id$/);
    expect(lines).toHaveLength(Number(/[\d,]+/.exec(said!)![0].replaceAll(",", "")));
    expect(new Set(lines.map((line) => line.split(",").at(-1))).size).toBe(lines.length);
    expect(lines.some((line) => line.includes("undefined") || line.includes("[object"))).toBe(false);
  },
);

test("what does not exist says so", async () => {
  await page.goto("/activities/0198c0de-0000-7000-8000-000000000000");
  await page.getByRole("heading", { name: "This page does not exist" }).waitFor();
  await visit("/activities?platform=nowhere");
  await page.getByText("No activity matches").waitFor();
  await page.getByRole("link", { name: "Clear filters" }).click();
  await page.waitForURL((url) => url.search === "");
});
