import { afterAll, expect, test } from "vitest";
import { leave, open, ready, signIn } from "./visit.ts";

afterAll(leave);

test("an owner looks up who did what, follows one person and one thing, takes the list along, and has the chain verified", async () => {
  const page = await (await open()).newPage();
  await signIn(page, "owner", "/settings/members");
  await ready(page);
  const email = `audited.${Date.now()}@new.example`;
  await page.getByLabel("E-mail").fill(email);
  await page.getByRole("button", { name: "Make the link" }).click();
  await page.getByLabel("Link of the invitation").waitFor();

  await page.getByRole("link", { name: "Audit" }).click();
  await page.getByRole("heading", { name: "Audit", level: 1 }).waitFor();
  const rows = page.getByRole("table", { name: "What was done, newest first" }).locator("tbody tr:not(.day, .opened)");
  expect(await rows.first().innerText()).toMatch(/Priya Raghunathan[\s\S]*invited[\s\S]*127\.0\.0\.0\/24/);

  await page.getByRole("combobox", { name: /^What/ }).selectOption("signed in");
  await page.waitForURL(/action=session\.begin/);
  await expect
    .poll(async () => new Set(await rows.locator("td:nth-child(3)").allInnerTexts()))
    .toEqual(new Set(["signed in"]));
  await page.getByRole("combobox", { name: /^Who/ }).selectOption("Priya Raghunathan");
  await page.waitForURL(/actor=/);
  await page.getByRole("link", { name: "Clear", exact: true }).click();
  await page.waitForURL((url) => !url.search.includes("actor"));

  await rows.first().getByRole("link").click();
  const opened = page.locator("tr.opened");
  await opened.getByText("waits for its seal").or(opened.getByText("sealed")).first().waitFor();
  expect(await opened.innerText()).toMatch(/role\s+viewer/i);
  await opened.getByRole("link", { name: "all that was done to it" }).click();
  await page.waitForURL(/object=/);
  await expect.poll(() => rows.count()).toBe(1);

  const file = await page.request.get(`/audit/export.csv?action=member.invite`);
  expect(file.headers()["content-disposition"]).toMatch(/audit-.*\.csv/);
  const [head, first] = (await file.text()).split("\n");
  expect(head).toMatch(/^at,actor_kind,actor_id,actor_name,action/);
  expect(first).toContain("member.invite");

  await page.getByRole("button", { name: "Verify now" }).click();
  await page.getByText("A verification is on its way").waitFor();
  await expect
    .poll(
      async () => {
        await page.reload();
        return page.getByRole("region", { name: "Whether the audit is whole" }).innerText();
      },
      { timeout: 30_000, interval: 500 },
    )
    .toMatch(/Whole, verified today/);
});

test("who is no owner or admin sees no audit", async () => {
  const page = await (await open()).newPage();
  await signIn(page, "analyst");
  await ready(page);
  expect(await page.getByRole("link", { name: "Audit" }).count()).toBe(0);
  expect((await page.goto("/audit"))!.status()).toBe(403);
  expect((await page.request.get("/audit/export.csv")).status()).toBe(403);
});
