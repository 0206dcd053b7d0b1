import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pages } from "../src/lib/pages.ts";
import { misfits, widths } from "./layout.ts";
import { leave, open, ready, signIn, untilFilled, wrongs } from "./visit.ts";

let activity = "";
let person = "";
let twin = "";
let cookies: Awaited<ReturnType<BrowserContext["cookies"]>> = [];

beforeAll(async () => {
  const context = await open();
  const page = await context.newPage();
  await signIn(page);
  await untilFilled(page);
  await page.goto("/activities?type=conversation");
  activity = new URL((await page.getByRole("table").getByRole("link").first().getAttribute("href"))!, page.url())
    .pathname;
  await page.goto("/users");
  person = new URL((await page.getByRole("rowheader").first().getByRole("link").getAttribute("href"))!, page.url())
    .pathname;
  await page.goto("/twins");
  twin = new URL((await page.getByRole("rowheader").first().getByRole("link").getAttribute("href"))!, page.url())
    .pathname;
  cookies = await context.cookies();
  await context.close();
}, 240_000);
afterAll(leave);

const states: [name: string, path: () => string][] = [
  ["sign-in", () => "/sign-in"],
  ...pages
    .filter(({ path }) => path === "/" || !path.endsWith("/"))
    .map(({ name, path }): [string, () => string] => [name, () => path]),
  ["Overview, helpful", () => "/?metric=helpful&range=7d"],
  ["Activities, none", () => "/activities?platform=nowhere"],
  ["Activity", () => activity],
  ["Retention, in colour", () => "/retention?mode=recurring"],
  ["Profile", () => person],
  ["Twin", () => twin],
  ["Privacy", () => `${person}/privacy`],
  ["Erasures", () => "/users/erasures"],
  ["Data lifecycle, a policy", () => "/lifecycle?open=edit&data=sessions&count=31&unit=day"],
  ["not found", () => "/nothing"],
];

const looks = [
  ["light", 1440],
  ["dark", 375],
] as const;

describe.each(looks)("%s at %i px", (colorScheme, width) => {
  // Of pages that are alike one is looked at in each look, at every other width; `npm run full` looks at all in both, at all.
  const isFull = process.env["FULL"] === "1";
  const look = looks.findIndex(([scheme]) => scheme === colorScheme);
  const checked = states.filter((_, at) => isFull || at % looks.length === look);
  const measured = widths.filter((_, at) => isFull || at % looks.length === look);
  test.each(checked)(
    "%s: axe finds nothing, nothing moves or complains, one h1, and it fits at each width",
    async (name, path) => {
      const context = await open({ colorScheme, viewport: { width, height: 800 } });
      if (name !== "sign-in") await context.addCookies(cookies);
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
      await page.addInitScript(watchShifts);
      await page.goto(path());
      if (!["sign-in", "not found"].includes(name)) await ready(page);
      expect(await wrongs(page)).toEqual([]);
      expect(await page.getByRole("heading", { level: 1 }).count()).toBe(1);
      expect(complaints).toEqual(name === "not found" ? [expect.stringContaining("404")] : []);
      expect(await page.evaluate(() => (window as Watched).shifted)).toBeLessThanOrEqual(0.02);
      const unfit: string[] = [];
      for (const each of measured) unfit.push(...(await misfits(page, each)));
      expect(unfit).toEqual([]);
      await context.close();
    },
  );
});

type Watched = Window & { shifted?: number };
/** Sums up how far what was drawn moved by itself: CLS, without what someone's input moved. */
function watchShifts(): void {
  type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean };
  const here = window as Watched;
  here.shifted = 0;
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries() as Shift[]) if (!hadRecentInput) here.shifted! += value;
  }).observe({ type: "layout-shift", buffered: true });
}

test("with the keyboard alone: skip link, then everything in order and visible", async () => {
  const context = await open();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto("/");
  await ready(page);
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
  await page.keyboard.press("Enter");
  for (let presses = 0; presses < 12; presses++) {
    await page.keyboard.press("Tab");
    const seen = await page.evaluate(() => {
      const box = document.activeElement!.getBoundingClientRect();
      const top = document.elementFromPoint(box.x + box.width / 2, box.y + Math.min(box.height / 2, 10));
      return {
        inMain: document.querySelector("main")!.contains(document.activeElement),
        visible: document.activeElement!.contains(top) || top?.contains(document.activeElement!),
      };
    });
    expect(seen).toEqual({ inMain: true, visible: true });
  }
  await context.close();
});

test("a receipt passes axe while it is open", async () => {
  const context = await open();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto("/?range=7d");
  await ready(page);
  await page.keyboard.press("t");
  await page.getByRole("figure").getByRole("button", { name: /^why/ }).first().click();
  await page.getByRole("dialog").locator("summary").click();
  await page.getByRole("dialog").getByText("Recomputed now").waitFor();
  expect(await wrongs(page)).toEqual([]);
  await context.close();
});

test("every dialog and menu passes axe while it is open", async () => {
  const context = await open();
  await context.addCookies(cookies);
  const page = await context.newPage();
  await page.goto("/");
  await ready(page);
  for (const key of ["c", "Control+k", "?"]) {
    await page.keyboard.press(key);
    await page.waitForTimeout(400);
    expect(await wrongs(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.waitForTimeout(100);
  }
  await context.close();
});
