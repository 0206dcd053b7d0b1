import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, overflow, ready, signIn, untilFilled, wrongs } from "./visit.ts";

let page: Page;
beforeAll(async () => {
  page = await (await open()).newPage();
  await signIn(page, "analyst");
  await untilFilled(page);
}, 240_000);
afterAll(leave);

const chart = () => page.getByRole("figure", { name: /^Active users per day/ });
const notes = () => chart().getByRole("listitem");

async function visit(path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}

test("the story's notes stand below the axis, are told with their day, and are listed in words", async () => {
  await visit("/?range=28d");
  expect(await chart().locator("path.diamond").count()).toBe(2);
  expect(await chart().locator("figcaption").textContent()).toContain("Slack was out for most of the day");
  await chart().getByRole("application").focus();
  await page.keyboard.press("Home");
  for (let steps = 0; steps < 28; steps++) {
    if ((await chart().getByRole("application").locator(".tip").innerText()).includes("Slack was out")) break;
    await page.keyboard.press("ArrowRight");
  }
  expect(await chart().getByRole("application").locator(".tip").innerText()).toContain(
    "Slack was out for most of the day",
  );
  expect(await chart().locator("[aria-live]").last().textContent()).toContain("note: Slack was out");
  await chart()
    .getByRole("button", { name: /^Table/ })
    .click();
  await chart()
    .getByRole("cell", { name: /Slack was out/ })
    .waitFor();
});

test("a note is written on a day, taken away, and brought back", async () => {
  await visit("/?range=7d");
  await chart().getByRole("button", { name: "Annotate" }).click();
  const dialog = page.getByRole("dialog", { name: /^Note of/ });
  await dialog.getByLabel(/^What happened/).fill("Release <4.2> & more");
  expect(await wrongs(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Write the note" }).click();
  await dialog.waitFor({ state: "detached" });
  await chart()
    .getByText(/^◆?\s*\d+ notes?$/)
    .click();
  const note = notes().filter({ hasText: "Release <4.2> & more" });
  await note.waitFor();
  expect(await wrongs(page)).toEqual([]);
  await note.getByRole("button", { name: /^Remove/ }).click();
  await note.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await note.waitFor();
  await note.getByRole("button", { name: /^Remove/ }).click();
  await note.waitFor({ state: "detached" });
});

test("Engagement shows the same notes, also on a phone, and a viewer writes none", async () => {
  await page.setViewportSize({ width: 375, height: 800 });
  await visit("/engagement?range=28d");
  expect(await page.locator("path.diamond").count()).toBe(2);
  expect(await overflow(page)).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
  const viewer = await (await open()).newPage();
  await signIn(viewer, "viewer", "/?range=28d");
  await ready(viewer);
  await viewer.locator("path.diamond").first().waitFor();
  expect(await viewer.getByRole("button", { name: "Annotate" }).count()).toBe(0);
  await viewer.getByText("2 notes").click();
  expect(await viewer.getByRole("button", { name: /^Remove the note/ }).count()).toBe(0);
});
