import { AxeBuilder } from "@axe-core/playwright";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { baseUrl } from "./browser.ts";
import { launchBrowser } from "./launch.ts";

let browser: Promise<Browser> | undefined;

/** A window of its own, of the one browser that all files share; `leave` closes all of them. */
export const open = async (options: Parameters<Browser["newContext"]>[0] = {}): Promise<BrowserContext> =>
  (await (browser ??= launch())).newContext({
    baseURL: baseUrl(),
    viewport: { width: 1440, height: 900 },
    ...options,
  });

async function launch(): Promise<Browser> {
  const launched = await launchBrowser();
  return launched.once("disconnected", () => (browser = undefined));
}

export const leave = async (): Promise<void> => {
  for (const context of (await browser)?.contexts() ?? []) await context.close();
};

/** Signs in by the one click that the demonstration offers for a role. */
export async function signIn(page: Page, role: "owner" | "analyst" | "viewer" = "owner", to = "/"): Promise<void> {
  await page.goto(`/sign-in${to === "/" ? "" : `?to=${encodeURIComponent(to)}`}`);
  await page.getByRole("button", { name: `Enter as ${role}` }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** Signs in by the form, as somebody whom a test made. */
export async function signInAs(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
}

/** The menu with theme, keys and signing out, at the foot of the navigation. */
export const openAccount = (page: Page): Promise<void> =>
  page.getByRole("navigation", { name: "Main", exact: true }).locator("summary").click();

/** Waits until Kit has taken over; before that a key or a click does what the bare page does. */
export async function ready(page: Page): Promise<void> {
  await page.waitForFunction(() => document.documentElement.dataset["ready"] === "true");
}

/** The demonstration fills itself while the stack starts, the last weeks first: waits until all of it has figures. */
export async function untilFilled(page: Page): Promise<void> {
  for (let tries = 0; tries < 180; tries++) {
    await page.goto("/?range=7d");
    const waiting = await page
      .getByText(/Being counted|no data yet|No activity in these days|still being filled in/)
      .count();
    if (waiting === 0 && (await page.getByRole("figure").count()) > 0) return;
    await page.waitForTimeout(1000);
  }
  throw new Error("The demonstration had no figures after three minutes.");
}

/** What axe finds wrong by WCAG 2.2 AA and its own good practice, one line each. */
export async function wrongs(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
    .analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(" ")} ${node.failureSummary ?? ""}`),
  );
}

/** How far the page is wider than its window. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
