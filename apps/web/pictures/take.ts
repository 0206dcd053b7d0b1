import { mkdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { freshData, startStack } from "../../../scripts/bench/stack.ts";
import { root } from "../../../scripts/stack/root.ts";
import { pages } from "../src/lib/pages.ts";
import { launchBrowser } from "../test/launch.ts";

// npm run pictures [-- --readme] [-- --url http://127.0.0.1:3000] [-- --only retention]
// Takes pictures of the demonstration: of every page in both looks at three widths, into .data/pictures; `--readme`: the four
// of README, into docs. It starts a stack of its own and waits until that is filled; `--url`: of one that runs already.

const { values } = parseArgs({
  options: { readme: { type: "boolean", default: false }, url: { type: "string" }, only: { type: "string" } },
});
const say = (line: string) => process.stdout.write(`${line}\n`);
const widths = [375, 820, 1440];
const themes = ["light", "dark"] as const;
/** More than this and a page with README's pictures loads slowly. */
const mostBytes = 150_000;
const readme = [
  ["overview", "/"],
  ["retention", "/retention"],
  ["features", "/features"],
  ["twins", "/twins"],
] as const;

const stack = values.url ? null : await startStack(root, freshData("pictures"));
const base = values.url ?? stack!.url;
const browser = await launchBrowser();
try {
  if (values.readme) await takeReadme();
  else await takeAll();
} finally {
  await browser.close();
  await stack?.stop();
}

/** A window, signed in as the demonstration's owner. */
async function signedIn(width: number, theme: (typeof themes)[number], scale = 1) {
  const context = await browser.newContext({
    baseURL: base,
    colorScheme: theme,
    viewport: { width, height: 900 },
    deviceScaleFactor: scale,
  });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByRole("button", { name: "Enter as owner" }).click();
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  const filling = page.getByText(/still being filled in|Being counted|no data yet/);
  for (await page.goto("/"); await filling.count(); await page.goto("/")) await page.waitForTimeout(1_000);
  return page;
}
type Window = Awaited<ReturnType<typeof signedIn>>;

async function take(page: Window, path: string, file: string, fullPage: boolean): Promise<void> {
  await page.goto(path);
  // Another page's script hasn't set it: it stands for this one.
  await page.waitForFunction(
    () => document.documentElement.dataset["ready"] === "true" || !document.querySelector("nav"),
  );
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(300);
  await page.screenshot({ path: file, fullPage, animations: "disabled" });
}

async function takeReadme(): Promise<void> {
  const page = await signedIn(1440, "light", 0.8);
  for (const [name, path] of readme) {
    const file = join(root, "docs", `${name}.png`);
    await take(page, path, file, false);
    const { size } = statSync(file);
    say(`docs/${name}.png: ${Math.round(size / 1000)} kB`);
    if (size > mostBytes) throw new Error(`docs/${name}.png is larger than ${mostBytes / 1000} kB`);
  }
}

async function takeAll(): Promise<void> {
  const folder = join(root, ".data", "pictures");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  let paths: [name: string, path: string][] | null = null;
  for (const theme of themes)
    for (const width of widths) {
      const page = await signedIn(width, theme);
      paths ??= await pathsOf(page);
      for (const [name, path] of paths) {
        if (values.only && !name.includes(values.only)) continue;
        await take(page, path, join(folder, `${name}-${theme}-${width}.png`), true);
      }
      await page.context().clearCookies();
      if (!values.only || "sign-in".includes(values.only))
        await take(page, "/sign-in", join(folder, `sign-in-${theme}-${width}.png`), true);
      await page.context().close();
    }
  say(`They are in ${folder}`);
}

/** Every page; one that stands for all below its path is the first that the list above it leads to. */
async function pathsOf(page: Window): Promise<[string, string][]> {
  const found: [string, string][] = [];
  for (const { name, path } of pages) {
    const file = name.toLowerCase().replaceAll(" ", "-");
    if (!path.endsWith("/") || path === "/") found.push([file, path]);
    else {
      await page.goto(path.slice(0, -1));
      const href = await page.locator(`main a[href^="${path}"]`).first().getAttribute("href");
      found.push([file, href!]);
    }
  }
  return found;
}
