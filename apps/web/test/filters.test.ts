import { readJobsStatus } from "@twin/db/jobs/status";
import { connect } from "@twin/db/postgres/connect";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { makeOrganization, until } from "./organization.ts";
import { leave, open, overflow, ready, signInAs, wrongs } from "./visit.ts";

let page: Page;
let cookies: Awaited<ReturnType<BrowserContext["cookies"]>> = [];

const people = [
  ["Ann Arnold", "Engineering", "slack"],
  ["Ben Baker", "Sales", "slack"],
  ["Cleo Carter", "Legal", "web"],
  ["Dan Drake", "Engineering", "teams"],
] as const;
/** People who did nothing. */
const others = Array.from({ length: 12 }, (_, at) => `Other ${String.fromCharCode(65 + at)}`);
const records = [
  ...others.map((full_name, at) => ({
    type: "user",
    external_id: `o${at}`,
    email: `o${at}@filtered.example`,
    full_name,
  })),
  ...people.flatMap(([full_name, department, platform], at) => [
    { type: "user", external_id: `u${at}`, email: `u${at}@filtered.example`, full_name, department, company: "Acme" },
    { type: "twin", external_id: `t${at}`, user: `u${at}`, name: at === 2 ? "Legal Helper" : `${full_name}’s Twin` },
    ...[1, 2].slice(at % 2).map((days) => ({
      type: "activity",
      external_id: `a${at}-${days}`,
      user: `u${at}`,
      twin: `t${at}`,
      activity_type: "query",
      platform,
      started_at: new Date(Date.now() - days * 86_400_000).toISOString(),
    })),
  ]),
];

beforeAll(async () => {
  const db = connect(inject("databaseUrl"), { max: 2 });
  const made = await makeOrganization(db, { slug: "filtered", name: "Filtered" }, records);
  await until("counted", async () => {
    const { days_waiting, queued, running } = await readJobsStatus(db, made.actor);
    return days_waiting + queued + running === 0;
  });
  await db.close();
  const context = await open();
  page = await context.newPage();
  await signInAs(page, made);
  cookies = await context.cookies();
}, 240_000);
afterAll(leave);

async function visit(path: string, width = 1440): Promise<void> {
  await page.setViewportSize({ width, height: 800 });
  await page.goto(path);
  await ready(page);
}
const menu = () => page.locator("summary", { hasText: /^Filter$/ });
const chip = (text: string) => page.locator("summary", { hasText: text });
const box = (name: string | RegExp) => page.getByRole("checkbox", { name });
const apply = () => page.getByRole("button", { name: "Apply" }).click();
const search = (expected: string) =>
  page.waitForURL((url) => decodeURIComponent(url.search.replaceAll("+", " ")) === expected);
const focused = () =>
  page.evaluate(
    () =>
      document.activeElement?.getAttribute("aria-label") ??
      document.activeElement?.textContent?.trim().replaceAll(/\s+/g, " "),
  );

test("with the keyboard alone: a field, two values with their counts, turned round, and back where one was", async () => {
  await visit("/");
  await menu().focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Type" }).waitFor();
  await expect.poll(focused).toBe("Type");
  for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
  await box("Engineering 3 activities").waitFor();
  expect(await wrongs(page)).toEqual([]);
  await page.keyboard.type("eng");
  expect(await page.getByRole("checkbox").count()).toBe(1);
  for (const key of ["ArrowDown", "Space", "ArrowUp", "Control+a", "Delete"]) await page.keyboard.press(key);
  await box(/^Sales/).check();
  await page.keyboard.press("Enter");
  await search("?department=Engineering,Sales");
  await expect.poll(focused).toBe("Filter");

  await chip("Department is Engineering or Sales").click();
  await page.getByRole("button", { name: "is not" }).click();
  await apply();
  await search("?department_not=Engineering,Sales");
  await chip("Department is not Engineering or Sales").click();
  expect(await box(/^Sales/).isChecked()).toBe(true);
  await page.keyboard.press("Escape");
  expect(await focused()).toContain("Department is not");
});

test("twins and people are found by their names, and stand in chips by them", async () => {
  await visit("/features");
  for (const [field, typed, name] of [
    ["Person", "cleo", "Cleo Carter"],
    ["Twin", "drake", "Dan Drake’s Twin"],
  ] as const) {
    await menu().click();
    await page.getByRole("button", { name: field }).click();
    await page.getByRole("searchbox", { name: `Search ${field.toLowerCase()}` }).fill(typed);
    await expect.poll(() => page.getByRole("checkbox").count()).toBe(1);
    await box(new RegExp(`^${name}`)).check();
    await apply();
    await chip(`${field} is ${name}`).waitFor();
  }
});

test("a twin is found by whose it is, and the next letter ends the question of the one before", async () => {
  await visit("/features");
  await menu().click();
  await page.getByRole("button", { name: "Twin" }).click();
  await box(/^Ann Arnold/).waitFor();
  const ended: string[] = [];
  const held = Promise.withResolvers<void>();
  await page.route(/choices\.json/, async (route) => {
    if (new URL(route.request().url()).searchParams.get("search") !== "ca") return route.continue();
    held.resolve();
  });
  page.on("requestfailed", (request) => ended.push(`${new URL(request.url()).searchParams.get("search")}`));
  const typed = page.getByRole("searchbox", { name: "Search twin" });
  await typed.fill("ca");
  await held.promise;
  await typed.fill("carter");
  await expect.poll(() => page.getByRole("checkbox").count()).toBe(1);
  await box(/^Legal Helper Cleo Carter/).waitFor();
  expect(ended).toEqual(["ca"]);
  await page.unroute(/choices\.json/);
});

test("however many people are chosen, each stands in the list by name", async () => {
  await visit("/users");
  const found = await page.getByRole("rowheader").getByRole("link").all();
  const hrefs = await Promise.all(found.map((link) => link.getAttribute("href")));
  const ids = hrefs.map((href) => href!.split("?")[0]!.split("/").at(-1)!);
  expect(ids).toHaveLength(people.length + others.length);
  await visit(`/features?user=${ids.join(",")}`);
  await chip(`Person is any of ${ids.length}`).first().click();
  for (const name of [...people.map(([one]) => one), ...others]) expect(await box(name).isChecked(), name).toBe(true);
});

test("a chip that goes leaves the focus to the next one, the last one to what adds one", async () => {
  await visit("/?platform=slack&department=Sales&company=Acme");
  const remove = (name: string) => page.getByRole("link", { name: `Remove filter ${name}` });
  await remove("Department").focus();
  for (const next of ["Remove filter Company", "Filter"]) {
    await page.keyboard.press("Enter");
    await expect.poll(focused).toBe(next);
    if (next === "Filter") break;
  }
  await search("?platform=slack");
});

test("filters go along with every link, also through pages that have none, and come back; what isn't applied is said", async () => {
  await visit("/?platform=slack&department=Sales&type=query");
  const why = "Figures tell types of activities apart by themselves.";
  await page.getByText(`Type not applied here: ${why}`).waitFor();
  for (const name of [
    "Activities",
    "Retention",
    "Engagement",
    "Features",
    "Twins",
    "Users",
    "Data lifecycle",
    "Members",
  ]) {
    await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name, exact: true }).click();
    await page.getByRole("heading", { level: 1, name }).waitFor();
    expect(await chip("Platform is Slack").count(), name).toBe(1);
    const isOff = await page.locator(".chip.off", { hasText: "Platform is Slack" }).count();
    expect(isOff === 1, name).toBe(["Retention", "Users", "Data lifecycle", "Members"].includes(name));
  }
  // A dialog in between keeps them, too.
  await page.getByRole("link", { name: "Data lifecycle", exact: true }).click();
  await page.getByRole("link", { name: /^Edit/ }).first().click();
  await page.getByRole("dialog").getByRole("link", { name: "Cancel" }).click();
  await page.getByRole("link", { name: "Users", exact: true }).first().click();
  await page.getByRole("rowheader", { name: "Ben Baker" }).getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Ben Baker" }).waitFor();
  await page.getByRole("navigation", { name: "Main", exact: true }).getByRole("link", { name: "Twins" }).click();
  await page.getByRole("rowheader", { name: "Ben Baker’s Twin" }).getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Ben Baker’s Twin" }).waitFor();
  await page.getByRole("link", { name: "Overview", exact: true }).first().click();
  await search("?type=query&platform=slack&department=Sales");
});

test("up to 1,280 px one line says range and filters, and opens all of it in a sheet, down to 320 px", async () => {
  await visit("/activities?department=Sales,Engineering", 375);
  const words = page.locator("summary", { hasText: "range and filters" });
  expect(await words.innerText()).toContain("Last 28 days · Sales or Engineering");
  await words.click();
  await chip("Platform").click();
  await box("Slack 3 activities").check();
  await page.getByRole("button", { name: "Show 3 activities" }).waitFor();
  expect(await wrongs(page)).toEqual([]);
  await page.getByRole("link", { name: "Last 7 days" }).click();
  await page.getByRole("button", { name: "Show 3 activities" }).click();
  await search("?range=7d&platform=slack&department=Sales,Engineering");
  await expect.poll(() => words.innerText()).toContain("Last 7 days · Slack · Sales or Engineering");
  for (const width of [320, 820, 1280]) {
    await visit("/?platform=slack,web,teams&department_not=Sales&company=Acme", width);
    expect(await words.innerText()).toMatch(/^Last 28 days · Platform is any of 3 · not Sales · Acme · vs previous/);
    await words.click();
    await page.getByRole("heading", { name: "Range and filters" }).waitFor();
    await page.getByRole("button", { name: "Apply" }).waitFor();
    expect(await overflow(page), String(width)).toBeLessThanOrEqual(0);
    await page.keyboard.press("Escape");
    expect(await page.getByRole("heading", { name: "Range and filters" }).isVisible()).toBe(false);
  }
});

test("nothing in the top bar lies over anything else, however much is chosen", async () => {
  const much =
    "platform=slack,web&department=Engineering,Sales&company_not=Acme&source_not=a-source-with-a-rather-long-name";
  for (const width of [1281, 1440, 1920]) {
    await visit(`/?range=7d&offset=-1&${much}`, width);
    const laps = await page.locator("header.top").evaluate((bar) => {
      const seen = [...bar.querySelectorAll(".chip, .controls .btn, .seg, .search, .alone")]
        .map((one) => ({ one, box: one.getBoundingClientRect() }))
        .filter(({ box: { width } }) => width > 0);
      return seen.flatMap(({ one, box: a }, at) =>
        seen.slice(at + 1).flatMap(({ one: other, box: b }) => {
          const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
          return apart || one.contains(other) ? [] : [`${one.textContent} / ${other.textContent}`];
        }),
      );
    });
    expect(laps, String(width)).toEqual([]);
    expect(await overflow(page), String(width)).toBeLessThanOrEqual(0);
  }
});

test("days are typed in words or figures or picked by keyboard, and told in one form", async () => {
  await visit("/");
  await page.keyboard.press("c");
  const from = page.getByLabel("From", { exact: true });
  await from.fill("31 Feb 2026");
  await page.keyboard.press("Tab");
  await page.getByText("Write a day like 2 Nov 2026.").waitFor();
  await from.fill("2026-10-05");
  await page.getByLabel("To, inclusive").fill("9 october 2026");
  await page.keyboard.press("Tab");
  expect(await from.inputValue()).toBe("5 Oct 2026");
  await page.getByRole("button", { name: "Fri 9 Oct 2026" }).focus();
  for (const key of ["ArrowDown", "Space", "ArrowRight", "Space"]) await page.keyboard.press(key);
  expect(await from.inputValue()).toBe("16 Oct 2026");
  await apply();
  await search("?from=2026-10-16&to=2026-10-17");
});

test("without JavaScript the line of words has every range, typed days, comparison and what takes a filter away", async () => {
  const context = await open({ javaScriptEnabled: false, viewport: { width: 375, height: 800 } });
  await context.addCookies(cookies);
  const bare = await context.newPage();
  await bare.goto("/?department=Sales");
  const words = bare.locator("summary", { hasText: "range and filters" });
  await words.click();
  for (const name of ["Today", "Last 7 days", "Last 12 months", "All"])
    expect(await bare.getByRole("link", { name, exact: true }).isVisible(), name).toBe(true);
  await bare.getByLabel("From", { exact: true }).fill("2 Nov 2026");
  await bare.getByLabel("To, inclusive").fill("8 Nov 2026");
  await bare.getByRole("button", { name: "Apply" }).click();
  expect(await words.innerText()).toContain("2 – 8 Nov 2026 · Sales");
  await words.click();
  await bare.getByRole("link", { name: "Off", exact: true }).click();
  expect(await words.innerText()).not.toContain("vs previous");
  await words.click();
  await bare.getByRole("link", { name: "Remove filter Department" }).click();
  expect(await words.innerText()).not.toContain("Sales");
});
