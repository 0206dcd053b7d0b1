import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const installed = [
  process.env.CHROME_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-dev-shm-usage",
];

/**
 * Launches the Chromium or Chrome of this machine (CHROME_PATH first), else, on Linux, the one that comes as a package.
 * @throws Error that says what to install
 */
export async function launchBrowser(): Promise<Browser> {
  const found = installed.find((path) => path && existsSync(path)) ?? (await packaged());
  if (!found) throw new Error("The browser tests need Chromium or Chrome: install one, or set CHROME_PATH to it.");
  return chromium.launch({ executablePath: found, args: flags });
}

async function packaged(): Promise<string | null> {
  if (process.platform !== "linux" || process.arch !== "x64") return null;
  // It brings the libraries that a bare Linux lacks, but unpacks them only where it believes to be at home.
  process.env.AWS_EXECUTION_ENV = "AWS_Lambda_nodejs22.x";
  const { default: bundled } = await import("@sparticuz/chromium");
  delete process.env.AWS_EXECUTION_ENV;
  return bundled.executablePath();
}
