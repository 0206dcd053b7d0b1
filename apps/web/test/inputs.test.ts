import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled } from "./visit.ts";

let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  context = await open();
  page = await context.newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

const heading = () => page.getByRole("heading", { level: 1 });
/** Whether the focus is on something that one sees, and what it says. */
const focused = () =>
  page.evaluate(() => {
    const element = document.activeElement!;
    return element === document.body ? "nothing" : element.id === "main" ? "the page" : element.textContent!.trim();
  });
/** A page's data as the server answers where it fails. */
const failing = (failure: { message: string; request_id: string }) => ({
  status: 503,
  json: failure,
  headers: { "x-page-failed": encodeURIComponent(JSON.stringify(failure)) },
});
async function at(path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}

test("the focus never falls to nothing: further rows, a look inside, the palette, the way back", async () => {
  await at("/activities");
  await page.getByRole("link", { name: "Older" }).click();
  await page.waitForURL(/cursor=/);
  await expect.poll(focused).toBe("the page");

  await at("/activities");
  await page.keyboard.press("j");
  const title = await focused();
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "A look inside" }).waitFor();
  await page.getByRole("link", { name: "Close" }).focus();
  await page.keyboard.press("Escape");
  await page.getByRole("complementary", { name: "A look inside" }).waitFor({ state: "detached" });
  expect(await focused()).toBe(title);

  await at("/twins");
  const twin = page.getByRole("rowheader").nth(2).getByRole("link");
  const name = await twin.textContent();
  await twin.click();
  await page.waitForURL(/\/twins\/./);
  await expect.poll(focused).not.toBe("nothing");
  await page.goBack();
  await expect.poll(focused).toBe(name!.trim());

  const opener = page.getByRole("button", { name: "Go to" });
  await opener.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await expect.poll(() => opener.evaluate((element) => element === document.activeElement)).toBe(true);
});

test("a search that is typed before the page's code has come stays, and Back shows what is searched for", async () => {
  let comes = () => {};
  const code = new Promise<void>((resolve) => (comes = resolve));
  await page.route("**/_app/**/*.js", (route) => code.then(() => route.continue()));
  await page.goto("/users", { waitUntil: "commit" });
  const field = page.getByRole("searchbox");
  await field.fill("ann");
  comes();
  await ready(page);
  expect(await field.inputValue()).toBe("ann");
  await page.unroute("**/_app/**/*.js");
  await field.pressSequentially("a");
  await page.waitForURL(/search=anna/);
  await page.goto("/users?search=mar");
  await ready(page);
  await page.getByRole("main").getByRole("link", { name: "CSV" }).waitFor();
  await page.goBack();
  await expect.poll(() => field.inputValue()).toBe("anna");
});

test.each(["/twins", "/users", "/sessions", "/people?who=active"])(
  "j and k go through the rows of %s",
  async (path) => {
    await at(path);
    const rows = page.getByRole("main").getByRole("table").first().locator("tbody tr");
    const inRow = (index: number) => rows.nth(index).evaluate((row) => row.contains(document.activeElement));
    await page.keyboard.press("j");
    expect(await inRow(0)).toBe(true);
    await page.keyboard.press("j");
    expect(await inRow(1)).toBe(true);
    await page.keyboard.press("k");
    expect(await inRow(0)).toBe(true);
  },
);

test("while the server fails the page stays, says so, and goes on by itself", async () => {
  await at("/?range=7d");
  await page.route("**/*__data.json*", (route) => route.abort());
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Twins" }).click();
  const strip = page.getByRole("status").filter({ hasText: "asked again by itself" });
  await strip.waitFor();
  expect(await strip.textContent()).toMatch(/Not there yet\. The server did not answer\./);
  expect(await heading().textContent()).toBe("Overview");
  await page.getByRole("figure").first().waitFor();

  await page.unrouteAll();
  const failure = { message: "The database did not answer.", request_id: "req_seen" };
  await page.route("**/*__data.json*", (route) => route.fulfill(failing(failure)));
  await strip.getByRole("button", { name: "Retry" }).click();
  await strip.getByText("req_seen").waitFor();
  await page.unrouteAll();
  await page.waitForURL(/\/twins/);
  await expect.poll(() => heading().textContent()).toBe("Twins");
  await strip.waitFor({ state: "detached" });
});

test("figures that can't be had anew stay, say of when they are, and are asked for once however often they change", async () => {
  let asked = 0;
  await page.route("**/trpc/live.figures*", (route) =>
    route.fulfill({ contentType: "text/event-stream", body: "retry: 500\nid: 2100-01-01T00:00:00.000Z\ndata: {}\n\n" }),
  );
  await page.route("**/__data.json*", (route) => {
    asked++;
    return route.abort();
  });
  await at("/?range=7d");
  const strip = page.getByRole("status").filter({ hasText: "asked again by itself" });
  await strip.filter({ hasText: /As of \d\d:\d\d, not updated\./ }).waitFor();
  await page.waitForTimeout(4_000);
  expect(asked).toBeLessThanOrEqual(4);
  expect(await heading().textContent()).toBe("Overview");
  await page.getByRole("figure").first().waitFor();
  await page.unrouteAll();
  await strip.getByRole("button", { name: "Retry" }).click();
  await strip.waitFor({ state: "detached" });
});

test("a page that always fails is told in the end", async () => {
  await at("/?range=7d");
  const failure = { message: "It fails.", request_id: "req_always" };
  await page.route("**/twins/__data.json*", (route) => route.fulfill(failing(failure)));
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Twins" }).click();
  await page.getByRole("heading", { name: "This page could not be shown" }).waitFor();
  await page.getByText("req_always").waitFor();
  await page.unrouteAll();
});

test("what is asked for beside a page that is waited for doesn't end the waiting", async () => {
  await at("/?range=7d");
  await page.route("**/twins/__data.json*", (route) => route.abort());
  const nav = page.getByRole("navigation", { name: "Main", exact: true });
  await nav.getByRole("link", { name: "Twins" }).click();
  await page.getByText("Not there yet").waitFor();
  await page.evaluate(() => fetch("/users/__data.json"));
  await page.waitForTimeout(1_500);
  expect(await heading().textContent()).toBe("Overview");
  await page.unrouteAll();
  await expect.poll(() => heading().textContent(), { timeout: 10_000 }).toBe("Twins");
});

test("who goes elsewhere meanwhile isn't led back", async () => {
  await at("/?range=7d");
  const nav = page.getByRole("navigation", { name: "Main", exact: true });
  await page.route("**/twins/__data.json*", (route) => route.abort());
  await nav.getByRole("link", { name: "Twins" }).click();
  await page.getByText("Not there yet").waitFor();
  await nav.getByRole("link", { name: "Users" }).click();
  await page.waitForURL(/\/users/);
  await page.unrouteAll();
  await page.getByText("Not there yet").waitFor({ state: "detached" });
  await page.waitForTimeout(2_500);
  expect(await heading().textContent()).toBe("Users");
});

test("an address that leads nowhere, and one for another role, are told inside the shell", async () => {
  await page.goto("/nothing/here");
  expect(await heading().textContent()).toBe("This page does not exist");
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Users" }).waitFor();
  expect(await page.getByRole("navigation").locator("[aria-current]").count()).toBe(0);
  expect(await page.getByText("Last 28 days").count()).toBe(0);
  const asset = await page.request.get("/_app/immutable/gone.js", { maxRedirects: 0 });
  expect(asset.status()).toBe(404);

  const other = await (await open()).newPage();
  await signIn(other, "viewer", "/settings/members");
  expect(await other.getByRole("heading", { level: 1 }).textContent()).toBe("This page is not for your role");
  await other.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Users" }).waitFor();
  await other.context().close();
});

test("on paper a page says whose it is, of which days and of whom", async () => {
  await at("/features?from=2026-11-02&to=2026-11-08&platform=slack");
  await page.emulateMedia({ media: "print" });
  const said = () =>
    page
      .getByRole("main")
      .locator("p")
      .first()
      .evaluate((line) => getComputedStyle(line, "::before").content);
  expect(await said()).toMatch(/^"Acme Corp · 2 – 8 Nov 2026 · Platform is Slack · Berlin/);
  expect(await page.getByRole("navigation").first().isVisible()).toBe(false);
  await page.emulateMedia({ media: null });
  expect(await said()).toBe("none");
});

test("where the system chooses the colours, hours and cohorts keep those that are the figure", async () => {
  await page.emulateMedia({ forcedColors: "active" });
  const distinct = () =>
    page.evaluate(
      () =>
        new Set(
          [...document.querySelectorAll(":is(.q1, .q2, .q3, .q4, .q5, .q6)")].map(
            (cell) => getComputedStyle(cell).backgroundColor,
          ),
        ).size,
    );
  for (const path of ["/", "/retention"]) {
    await at(path);
    expect(await distinct(), path).toBeGreaterThan(1);
  }
  await page.emulateMedia({ forcedColors: null });
});

test("on a phone a number says in words what it counts", async () => {
  await page.setViewportSize({ width: 375, height: 800 });
  await at("/twins?range=7d");
  const first = page.getByRole("main").locator("tbody tr").first();
  expect(await first.evaluate((row) => (row as HTMLElement).innerText)).toMatch(/[\d,]+\sasked/);
  await at("/users");
  const person = page.getByRole("main").locator("tbody tr").first();
  expect(await person.evaluate((row) => (row as HTMLElement).innerText)).toMatch(/[\d,]+\sactivit(y|ies)/);
  await at("/lifecycle");
  const policy = page.getByRole("main").locator("tbody tr").first();
  expect(await policy.evaluate((row) => (row as HTMLElement).innerText)).toMatch(/next run\s(today|tonight|tomorrow)/);
  await page.setViewportSize({ width: 1440, height: 900 });
});

test("no page shows what was meant for the program", async () => {
  for (const path of ["/", "/features", "/engagement", "/retention"]) {
    await at(path);
    expect(await page.content(), path).not.toContain("[object Object]");
  }
});
