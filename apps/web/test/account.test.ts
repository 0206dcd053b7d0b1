import type { Page } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { leave, open, openAccount, ready, signIn, signInAs } from "./visit.ts";

afterAll(leave);

/** Joins by an invitation of the demonstration's owner: an account of one's own. */
async function join(page: Page, email: string, password: string): Promise<void> {
  const owner = await (await open()).newPage();
  await signIn(owner, "owner", "/settings/members");
  await ready(owner);
  await owner.getByLabel("E-mail").fill(email);
  await owner.getByRole("button", { name: "Make the link" }).click();
  await page.goto(await owner.getByLabel("Link of the invitation").inputValue());
  await page.getByLabel("Your name").fill("Dana");
  await page.getByLabel("New password").fill(password);
  await page.getByRole("button", { name: "Join" }).click();
  await page.waitForURL((url) => url.pathname === "/");
  await owner.context().close();
}

test("somebody changes their name and password, sees where they are signed in and who tried, and ends the others", async () => {
  const email = `dana.${Date.now()}@own.example`;
  const page = await (await open()).newPage();
  await join(page, email, "a long password");
  const other = await (await open()).newPage();
  await signInAs(other, { email, password: "a long password" });
  const guess = await (await open()).newPage();
  await guess.goto("/sign-in");
  await guess.getByLabel("E-mail").fill(email);
  await guess.getByLabel("Password", { exact: true }).fill("a guess");
  await guess.getByRole("button", { name: "Sign in" }).click();
  await guess.getByRole("alert").waitFor();

  await ready(page);
  await openAccount(page);
  await page.getByRole("link", { name: "Your account" }).click();
  await page.getByRole("heading", { name: "Your account", level: 1 }).waitFor();
  const browsers = page.getByRole("table", { name: "Browsers that are signed in" }).locator("tbody tr");
  expect(await browsers.count()).toBe(2);
  expect(await browsers.first().innerText()).toMatch(
    /Chrome \d+ on Linux[\s\S]*127\.0\.0\.0\/24[\s\S]*now[\s\S]*this one/,
  );
  const tries = page.getByRole("table", { name: "Tries to sign in, newest first" }).locator("tbody tr");
  expect(await tries.locator("td:nth-child(2)").allInnerTexts()).toEqual(["wrong password", "signed in", "signed in"]);

  await page.getByRole("textbox", { name: "Name" }).fill("Dana Özgür");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Saved.").waitFor();
  await page.reload();
  await ready(page);
  expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Dana Özgür");

  await page.getByText("Change password…").click();
  await page.getByLabel("Current password").fill("another guess");
  await page.getByLabel("New password").fill("another long password");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("this isn't your current password").waitFor();
  await page.getByLabel("Current password").fill("a long password");
  await page.getByLabel("New password").fill("another long password");
  await page.getByRole("button", { name: "Change it" }).click();
  await page.getByText("All other sign-ins have ended.").waitFor();
  await expect.poll(() => browsers.count()).toBe(1);
  await other.goto("/");
  expect(new URL(other.url()).pathname).toBe("/sign-in");

  await signInAs(other, { email, password: "another long password" });
  await page.reload();
  await ready(page);
  expect(await browsers.count()).toBe(2);
  await page.getByRole("button", { name: /^End Chrome/ }).click();
  await expect.poll(() => browsers.count()).toBe(1);
  await other.goto("/");
  expect(new URL(other.url()).pathname).toBe("/sign-in");
  await signInAs(other, { email, password: "another long password" });
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect.poll(() => browsers.count()).toBe(1);
  expect(await page.getByRole("button", { name: "End all others" }).count()).toBe(0);
});

test("an account of the demonstration has nothing to change: its password is published", async () => {
  const page = await (await open()).newPage();
  await signIn(page, "viewer", "/account");
  await page.getByText("Accounts of the demonstration keep theirs").waitFor();
  expect(await page.getByRole("button", { name: /Save|Change/ }).count()).toBe(0);
});
