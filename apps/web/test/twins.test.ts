import { addMember } from "@twin/db/access/accounts";
import { connect } from "@twin/db/postgres/connect";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Made, makeOrganization } from "./organization.ts";
import { leave, open, ready, signInAs, wrongs } from "./visit.ts";

const analyst = { email: "analyst@owned.example", password: "a-password-of-an-analyst" };
let made: Made;
let page: Page;

/** Ann's own twin, which was taken for Ben's: what she asks it counts as shared use. */
const records = [
  ...["ann", "ben"].map((name) => ({
    type: "user",
    external_id: name,
    email: `${name}@owned.example`,
    full_name: name === "ann" ? "Ann Arnold" : "Ben Baker",
  })),
  { type: "twin", external_id: "t1", user: "ben", name: "The twin" },
  { type: "installation", twin: "t1", platform: "teams", workspace_id: "w1", workspace_name: "Acme" },
  ...[1, 2].map((days) => ({
    type: "activity",
    external_id: `a${days}`,
    user: "ann",
    twin: "t1",
    activity_type: "query",
    platform: "web",
    started_at: new Date(Date.now() - days * 86_400_000).toISOString(),
  })),
];

beforeAll(async () => {
  const db = connect(inject("databaseUrl"), { max: 2 });
  made = await makeOrganization(db, { slug: "owned", name: "Owned" }, records);
  await addMember(db, made.actor, { ...analyst, role: "analyst" });
  await db.close();
  page = await (await open()).newPage();
  await signInAs(page, made);
}, 240_000);
afterAll(leave);

const owner = (name: string, on = page) => on.getByRole("cell", { name: new RegExp(`^${name}`) });
const uses = (text: string) => page.getByText(text).waitFor({ timeout: 60_000 });

test("a twin's owner is put right where it stands, and what was shared use isn't any more", async () => {
  await page.goto("/twins?range=7d&sort=name");
  await ready(page);
  await uses("2 shared interactions");
  await owner("Ben Baker").getByRole("link", { name: "put right whose The twin is" }).click();
  const dialog = page.getByRole("dialog", { name: "Whose is The twin?" });
  expect(await wrongs(page)).toEqual([]);
  await dialog.getByLabel("E-mail address").fill("nobody@owned.example");
  await dialog.getByRole("button", { name: "Correct the owner" }).click();
  await dialog.getByRole("alert").getByText("Nobody who is here has this address.").waitFor();
  await dialog.getByLabel("E-mail address").fill("Ann@owned.example");
  await dialog.getByRole("button", { name: "Correct the owner" }).click();
  await page.waitForURL("/twins?range=7d&sort=name");
  await owner("Ann Arnold").waitFor();
  await uses("No one asked a twin of someone else in these days.");
});

test("a twin's name leads to its page: who asks it, for what, where it is installed, and whose it was", async () => {
  await page.goto("/twins?range=7d");
  await page.getByRole("rowheader", { name: "The twin" }).getByRole("link").click();
  await page.getByRole("heading", { name: "The twin", level: 1 }).waitFor();
  const main = page.getByRole("main");
  await main.getByRole("link", { name: "Ann Arnold" }).first().waitFor();
  const asked = main.getByRole("definition").first();
  expect(await asked.innerText()).toMatch(/^2\s+by 1 person$/);
  await main.getByText(/^Owner put right on .+: Ann Arnold, before Ben Baker\.$/).waitFor();
  await main.getByText("since when isn’t known").waitFor();
  await main.getByText("Nobody rated an answer in these days.").waitFor();
  await main.getByRole("link", { name: /^Query 2 100/ }).waitFor();
  await asked.getByRole("link", { name: "1 person" }).click();
  await page.getByRole("heading", { name: "People who used a twin in the last 7 days" }).waitFor();
  await page.goBack();
  await main.getByRole("link", { name: "Correct owner…" }).click();
  await page.getByRole("dialog", { name: "Whose is The twin?" }).getByLabel("E-mail address").fill("ben@owned.example");
  await page.getByRole("button", { name: "Correct the owner" }).click();
  await main.getByRole("link", { name: "Ben Baker" }).waitFor();
  await main.getByText("Shared use of open days is being counted anew").waitFor({ state: "detached", timeout: 60_000 });
  expect(await page.goto("/twins/00000000-0000-4000-8000-000000000000").then((answer) => answer!.status())).toBe(404);
});

test("who may not change an organisation reads whose a twin is, and is led nowhere", async () => {
  const theirs = await (await open()).newPage();
  await signInAs(theirs, analyst);
  await theirs.goto("/twins?open=owner");
  await ready(theirs);
  await theirs.getByText("Ben Baker").first().waitFor();
  expect(await theirs.getByRole("link", { name: /put right/ }).count()).toBe(0);
  expect(await theirs.getByRole("dialog").count()).toBe(0);
});
