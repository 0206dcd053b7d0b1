import { addMember } from "@twin/db/access/accounts";
import { connect } from "@twin/db/postgres/connect";
import { afterAll, expect, inject, test } from "vitest";
import { makeOrganization } from "./organization.ts";
import { leave, open, ready, signIn, signInAs } from "./visit.ts";

afterAll(leave);

test("an owner invites a colleague by a link, who joins, is made analyst, is kept out, comes back and is removed", async () => {
  const owners = await (await open()).newPage();
  await signIn(owners, "owner", "/settings/members");
  await ready(owners);
  const email = `grace.${Date.now()}@new.example`;
  await owners.getByLabel("E-mail").fill(email);
  await owners.getByRole("button", { name: "Make the link" }).click();
  const link = await owners.getByLabel("Link of the invitation").inputValue();
  await expect.poll(() => owners.getByRole("row", { name: email }).count()).toBe(1);

  const colleague = await (await open()).newPage();
  // On a slow line one types before the page's code has come.
  let comes = () => {};
  const code = new Promise<void>((resolve) => (comes = resolve));
  await colleague.route("**/_app/**/*.js", (route) => code.then(() => route.continue()));
  await colleague.goto(link, { waitUntil: "commit" });
  expect(await colleague.getByLabel("E-mail").inputValue()).toBe(email);
  await colleague.getByLabel("Your name").fill("Grace Hopper");
  await colleague.getByLabel("New password").fill("too short");
  comes();
  await colleague.locator("#svelte-announcer").waitFor({ state: "attached" });
  expect(await colleague.getByLabel("Your name").inputValue()).toBe("Grace Hopper");
  await colleague.getByLabel("New password").evaluate((input: HTMLInputElement) => (input.form!.noValidate = true));
  await colleague.getByRole("button", { name: "Join" }).click();
  await colleague.getByText("must have at least 12 characters").waitFor();
  expect(await colleague.getByLabel("Your name").inputValue()).toBe("Grace Hopper");
  await colleague.getByLabel("New password").fill("a long password");
  await colleague.getByRole("button", { name: "Join" }).click();
  await colleague.waitForURL((url) => url.pathname === "/");
  await colleague.getByRole("heading", { level: 1 }).waitFor();
  // A viewer sees no settings.
  await ready(colleague);
  expect(await colleague.getByRole("link", { name: "Members" }).count()).toBe(0);
  expect((await colleague.goto("/settings/members"))!.status()).toBe(403);
  await colleague.goto(link);
  await colleague.getByRole("heading", { name: "This invitation has ended" }).waitFor();

  const dialog = async () => {
    await owners.goto("/settings/members");
    await ready(owners);
    await owners.getByRole("link", { name: "Grace Hopper" }).click();
    return owners.getByRole("dialog", { name: "Grace Hopper" });
  };
  const row = owners.getByRole("row", { name: "Grace Hopper" });
  let shown = await dialog();
  await shown.getByLabel("Role").selectOption("Analyst");
  await shown.getByLabel("Reads text, with a reason").check();
  await shown.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => row.textContent()).toMatch(/Analyst.*text/s);
  // Their session ended with their old rights.
  await colleague.goto("/activities");
  expect(new URL(colleague.url()).pathname).toBe("/sign-in");

  shown = await dialog();
  await shown.getByLabel("May come in").uncheck();
  await shown.getByRole("button", { name: "Save" }).click();
  await expect.poll(() => row.textContent()).toContain("kept out");

  shown = await dialog();
  await shown.getByText("Remove from the organisation…").click();
  await shown.getByLabel(`Type ${email} to confirm`).fill("somebody@else.example");
  await shown.getByRole("button", { name: "Remove" }).click();
  await owners.getByText("Type their e-mail address as it stands above.").waitFor();
  shown = await dialog();
  await shown.getByText("Remove from the organisation…").click();
  await shown.getByLabel(`Type ${email} to confirm`).fill(email);
  await shown.getByRole("button", { name: "Remove" }).click();
  await expect.poll(() => owners.getByText("Grace Hopper").count()).toBe(0);
});

test("an owner hands the organisation over by typing the new owner's address, and is an admin from then on", async () => {
  const slug = `handed-${Date.now()}`;
  const next = `next@${slug}.example`;
  const db = connect(inject("databaseUrl"));
  const { email, password, actor } = await makeOrganization(db, { slug, name: "Handed Over" }, []);
  await addMember(db, actor, { email: next, full_name: "Nora Next", password, role: "analyst" });
  await db.close();
  const page = await (await open()).newPage();
  await signInAs(page, { email, password });
  const typed = async (address: string) => {
    await page.goto("/settings/members");
    await ready(page);
    await page.getByRole("link", { name: "Nora Next" }).click();
    const shown = page.getByRole("dialog", { name: "Nora Next" });
    await shown.getByText("Hand the organisation over…").click();
    await shown.getByLabel(`Type ${next} to confirm`).first().fill(address);
    await shown.getByRole("button", { name: "Hand over" }).click();
  };
  await typed("somebody@else.example");
  await page.getByText("Type their e-mail address as it stands above.").waitFor();
  await typed(next);
  const row = page.getByRole("row", { name: "Nora Next" });
  await expect.poll(() => row.textContent()).toContain("Owner");
  expect(await page.getByRole("row", { name: email }).textContent()).toContain("Admin");
  // Owners are changed by owners alone.
  expect(await row.getByRole("link").count()).toBe(0);
});
