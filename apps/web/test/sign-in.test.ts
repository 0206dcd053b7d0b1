import { afterAll, expect, test } from "vitest";
import { leave, open, openAccount, ready, signIn } from "./visit.ts";

afterAll(leave);

test("an unknown address and a wrong password read the same, and what was typed stays", async () => {
  const page = await (await open()).newPage();
  await page.goto("/sign-in");
  const said: string[] = [];
  for (const email of ["nobody@acme.example", "owner@acme.example"]) {
    await page.getByLabel("E-mail").fill(email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    said.push((await page.getByRole("alert").innerText()).trim());
    expect(await page.getByLabel("E-mail").inputValue()).toBe(email);
    expect(await page.getByLabel("Password").inputValue()).toBe("");
  }
  expect(said).toEqual(["That e-mail and password do not match.", "That e-mail and password do not match."]);
});

test("signing in leads back to where one wanted to go, and out again", async () => {
  const page = await (await open()).newPage();
  await page.goto("/activities?range=7d");
  expect(new URL(page.url()).pathname).toBe("/sign-in");
  await page.getByRole("button", { name: "Enter as analyst" }).click();
  await page.getByRole("heading", { name: "Activities", level: 1 }).waitFor();
  expect(new URL(page.url()).search).toBe("?range=7d");

  await openAccount(page);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(/\/sign-in/);
  await page.goto("/");
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});

test("a menu that is opened before the script comes stays open", async () => {
  const page = await (await open()).newPage();
  await signIn(page);
  let come = () => {};
  const script = new Promise<void>((resolve) => (come = resolve));
  await page.route("**/*.js", async (route) => {
    await script;
    await route.continue();
  });
  await page.goto("/activities", { waitUntil: "commit" });
  await openAccount(page);
  come();
  await ready(page);
  expect(await page.getByRole("button", { name: "Sign out", exact: true }).isVisible()).toBe(true);
});

test("a wrong password in between doesn't forget where one was going", async () => {
  const page = await (await open()).newPage();
  await page.goto("/activities?range=7d");
  await page.getByLabel("E-mail").fill("analyst@acme.example");
  await page.getByLabel("Password").fill("not the password");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByRole("button", { name: "Enter as analyst" }).click();
  await page.getByRole("heading", { name: "Activities", level: 1 }).waitFor();
  expect(new URL(page.url()).search).toBe("?range=7d");
});

test("a link to choose a password that was used or made up says how to get another one", async () => {
  const page = await (await open()).newPage();
  for (const path of ["/set-password", "/set-password?token=made-up"]) {
    await page.goto(path);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Choose a password");
    expect(await page.locator("main").innerText()).toContain("This link was used, or has ended");
  }
});

test("no address leads out of the dashboard after signing in, and none is an error", async () => {
  const page = await (await open()).newPage();
  for (const to of ["//", "///", "/\\\\evil.example", "https://evil.example"]) {
    const answer = await page.goto(`/sign-in?to=${encodeURIComponent(to)}`);
    expect(answer?.status(), to).toBe(200);
    const ways = await page.locator("input[name=to]").evaluateAll((all) => all.map((one) => one.getAttribute("value")));
    expect(ways).toEqual(["/", "/", "/", "/"]);
  }
  await signIn(page, "viewer", "//evil.example/");
  expect(new URL(page.url()).pathname).toBe("/");
});

test("without JavaScript: sign in, change the range, filter, open an activity, sign out", async () => {
  const page = await (await open({ javaScriptEnabled: false })).newPage();
  await signIn(page);
  await page.getByRole("heading", { name: "Overview", level: 1 }).waitFor();
  await page.getByText("Last 28 days").first().click();
  await page.getByRole("link", { name: /^All/ }).first().click();
  expect(new URL(page.url()).search).toBe("?range=all");
  await page.getByRole("link", { name: "Activities", exact: true }).first().click();
  await page.getByRole("checkbox", { name: /Slack/ }).first().check();
  await page.getByRole("button", { name: "Apply" }).first().click();
  expect(new URL(page.url()).searchParams.get("platform")).toBe("slack");
  const first = page.getByRole("table").getByRole("link").first();
  const title = await first.innerText();
  await first.click();
  expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe(title);
  await openAccount(page);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  expect(new URL(page.url()).pathname).toBe("/sign-in");
});

test("a form that can't be read is its sender's mistake", async () => {
  const { request } = await open();
  for (const path of ["/organization", "/preferences", "/sign-out"]) {
    const answer = await request.post(path, { data: { slug: "acme" } });
    expect(answer.status(), path).toBe(400);
  }
});
