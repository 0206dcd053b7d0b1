import { addMonths } from "@twin/contracts/calendar";
import { shortMonth } from "@twin/wording/format";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { todayIn } from "../src/lib/range-of.ts";
import { leave, open, ready, signIn, untilFilled } from "./visit.ts";

let page: Page;

beforeAll(async () => {
  page = await (await open()).newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

async function visit(path: string): Promise<void> {
  await page.goto(path);
  await ready(page);
}
const number = (text: string | null) => Number((text ?? "").replaceAll(/[^\d]/g, ""));
/** How many people the list says that it has, and how many rows it shows. */
async function listed(): Promise<{ total: number; rows: number }> {
  await page.waitForURL(/\/people/);
  await ready(page);
  return {
    total: number(await page.getByRole("status").first().textContent()),
    rows: (await page.getByRole("row").count()) - 1,
  };
}

test("retention: what is chosen stands in the address and changes the table", async () => {
  await visit("/retention");
  // Weekly ones hold few people.
  expect(await page.title()).toBe("Retention · monthly cohorts · last 12 months · Twin Analytics");
  await page.getByRole("link", { name: "Week", exact: true }).click();
  await page.waitForURL("/retention?period=week");
  expect(await page.title()).toBe("Retention · weekly cohorts · last 91 days · Twin Analytics");
  await page.getByRole("columnheader", { name: "Week 1" }).waitFor();
  await page.getByRole("link", { name: "Month", exact: true }).click();
  await page.waitForURL(/period=month/);
  await page.getByRole("columnheader", { name: "Month 1" }).waitFor();
  await page.getByRole("link", { name: "Recurring" }).click();
  await page.waitForURL(/mode=recurring/);
  await page.getByRole("columnheader", { name: "Active in" }).waitFor();
  await page.getByRole("link", { name: "Or later" }).click();
  await page.waitForURL("/retention?period=month&mode=recurring&match=on_or_after");
  await page.keyboard.press("w");
  await page.waitForURL("/retention?range=7d&period=month&mode=recurring&match=on_or_after");
});

test("retention: a period that is not over is hatched, and never a number", async () => {
  await visit("/retention?mode=recurring");
  const hatched = page.getByRole("gridcell", { name: /not complete until/ });
  expect(await hatched.count()).toBeGreaterThan(3);
  for (const text of await hatched.allTextContents()) expect(text.trim()).toMatch(/^not complete until \w{3} \d+ \w+$/);
});

test("retention: the cells are one stop, and one leads to as many people as it says", async () => {
  await visit("/retention?mode=recurring");
  const grid = page.getByRole("grid");
  expect(await grid.locator('a[tabindex="0"]').count()).toBe(1);
  await grid.locator('a[tabindex="0"]').focus();
  await page.keyboard.press("ArrowRight");
  const label = () => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  await expect.poll(label).toMatch(/^week of .+, week 1: [<>]?\d+ %, [\d,]+ of [\d,]+$/);
  expect(await grid.locator('a[tabindex="0"]').count()).toBe(1);
  const retained = number(/, ([\d,]+) of /.exec(await label())![1]!);
  expect(retained).toBeGreaterThan(0);
  await page.keyboard.press("Enter");
  expect((await listed()).total).toBe(retained);
  expect(await page.title()).toMatch(/^People active in the week of .+, back in week 1 · Twin Analytics$/);
});

test("retention: the size of a cohort leads to its people, all of them", async () => {
  await visit("/retention?period=month&range=12mo");
  const size = page.getByRole("link", { name: /^\w+ \d{4}: \d+ people$/ }).first();
  const said = number(await size.textContent());
  await size.click();
  const { total, rows } = await listed();
  expect([total, rows]).toEqual([said, Math.min(said, 50)]);
  expect(await page.title()).toMatch(/^People first seen in /);
});

test("features: uses add up, share and users come with them, users lead to people", async () => {
  await visit("/features?range=last-month");
  const table = page.getByRole("table");
  const uses = await table
    .getByRole("row")
    .evaluateAll((rows) => rows.slice(1).map((row) => Number(row.children[1]!.textContent!.replaceAll(/[^\d]/g, ""))));
  expect(uses.length).toBeGreaterThanOrEqual(4);
  expect([...uses].sort((a, b) => b - a)).toEqual(uses);
  expect(number(/^([\d,]+) uses/.exec(await page.getByText(/^[\d,]+ uses by /).innerText())![1]!)).toBe(
    uses.reduce((sum, one) => sum + one, 0),
  );
  const drafted = table.getByRole("row", { name: /^Document drafted/ }).getByRole("link");
  const before = number(await drafted.nth(1).textContent());
  await drafted.nth(1).click();
  expect(await activitiesListed()).toBe(before);
  await visit("/features?range=last-month");
  const users = drafted.last();
  const said = number(await users.textContent());
  await users.click();
  expect((await listed()).total).toBe(said);
  expect(await page.title()).toBe("People who used Document drafted, last month · Twin Analytics");
});

test("features: x takes the comparison away", async () => {
  await visit("/features?range=last-month");
  await page
    .getByText(/^was [\d,]+$/)
    .first()
    .waitFor();
  await page.keyboard.press("x");
  await page.waitForURL(/compare=off/);
  await page
    .getByText(/^was [\d,]+$/)
    .first()
    .waitFor({ state: "detached" });
});

test("twins: a column sorts, turns round, and the number asked leads to as many activities", async () => {
  await visit("/twins?range=last-month");
  const table = page.getByRole("table", { name: /Twins, with what/ });
  const names = () => table.getByRole("rowheader").allTextContents();
  await table.getByRole("link", { name: "Twin", exact: true }).click();
  await page.waitForURL("/twins?range=last-month&sort=name");
  await expect
    .poll(async () => (await names()).map((name) => name.trim().toLowerCase()))
    .toEqual((await names()).map((name) => name.trim().toLowerCase()).toSorted((a, b) => (a < b ? -1 : 1)));
  const first = (await names())[0];
  expect(await table.getByRole("columnheader", { name: "Twin" }).getAttribute("aria-sort")).toBe("ascending");
  await table.getByRole("link", { name: "Twin", exact: true }).click();
  await page.waitForURL(/order=desc/);
  await expect.poll(async () => (await names())[0]).not.toBe(first);

  await table.getByRole("link", { name: "Asked" }).click();
  await page.waitForURL("/twins?range=last-month");
  const asked = table.locator("td.activities a").first();
  const said = number(await asked.textContent());
  await asked.click();
  await page.waitForURL(/\/activities\?range=last-month&twin=/);
  await page.getByRole("heading", { name: "Activities", level: 1 }).waitFor();
  await expect.poll(async () => number(await page.getByRole("status").first().textContent())).toBe(said);
});

test("the Overview's people lead to people: a day, the range, the new ones", async () => {
  await visit("/?range=last-month");
  const figure = page.getByRole("figure", { name: "Active users per day" });
  await page.keyboard.press("t");
  const day = figure.getByRole("table").getByRole("link").first();
  const said = number(await day.textContent());
  await day.click();
  const { total, rows } = await listed();
  expect([total, rows]).toEqual([said, Math.min(said, 50)]);
  const lastMonth = shortMonth(addMonths(todayIn("Europe/Berlin"), -1));
  expect(await page.title()).toMatch(new RegExp(`^People active on \\w{3} \\d+ ${lastMonth} · Twin Analytics$`));

  await visit("/?range=last-month");
  const all = figure.getByRole("link").first();
  const active = number(await all.textContent());
  await all.click();
  expect((await listed()).total).toBe(active);
  expect(await page.title()).toBe("People active, last month · Twin Analytics");

  await visit("/?range=last-month");
  const figures = page.getByRole("navigation", { name: "Figures" });
  const was = figures.getByText(/^was /).getByRole("link");
  const earlier = await was.allTextContents();
  await was.first().click();
  expect((await listed()).total).toBe(number(earlier[0]!));
  for (const at of [1, 2, 3]) {
    await visit("/?range=last-month");
    await was.nth(at).click();
    expect(await activitiesListed()).toBe(number(earlier[at]!));
  }

  await visit("/?range=12mo");
  const fresh = page.getByRole("definition").getByRole("link").last();
  const made = number(await fresh.textContent());
  await fresh.click();
  expect((await listed()).total).toBe(made);
  expect(await page.title()).toBe("New people in the last 12 months · Twin Analytics");
});

test("a change leads to both numbers that it was made from, each of its own days", async () => {
  for (const [at, name] of ["users", "conversations"].entries()) {
    for (const side of [0, 1]) {
      await visit("/?range=28d");
      const pair = page
        .getByRole("navigation", { name: "Figures" })
        .getByText(/^[\d,]+ until yesterday, was [\d,]+$/)
        .nth(at);
      const link = pair.getByRole("link").nth(side);
      const said = number(await link.textContent());
      await link.click();
      expect([name, side, name === "users" ? (await listed()).total : await activitiesListed()]).toEqual([
        name,
        side,
        said,
      ]);
    }
  }
});

/** How many activities the list says that it has. */
async function activitiesListed(): Promise<number> {
  await page.waitForURL(/\/activities\?/);
  await ready(page);
  return Number(await page.locator("[data-total]").getAttribute("data-total"));
}

test("an hour of the week leads to its activities, by click and by keyboard, as a chip that can be taken away", async () => {
  await visit("/?range=last-month&platform=slack");
  const grid = page.getByRole("grid");
  await grid.locator('a[tabindex="0"]').focus();
  const label = (await page.evaluate(() => document.activeElement!.getAttribute("aria-label")))!;
  const [, hour, said] = /^(.+), ([\d,]+) activit/.exec(label)!;
  await page.keyboard.press("Enter");
  expect(await activitiesListed()).toBe(number(said!));
  await page.getByText(`Hour is ${hour}`).waitFor();
  expect(await page.title()).toContain(`Slack · ${hour} · last month`);
  await page.getByRole("link", { name: "Remove filter Hour" }).click();
  await page.waitForURL("/activities?range=last-month&platform=slack");
});

test("uses of a feature lead to the activities of its records, those of a question to conversations with as many messages", async () => {
  for (const path of ["/features?range=last-month", "/?range=last-month&platform=web"]) {
    await visit(path);
    const uses = (feature: RegExp) =>
      path.startsWith("/features")
        ? page.getByRole("row", { name: feature }).getByRole("link").first()
        : page.getByRole("link", { name: feature });
    for (const feature of [/^Info retrieved/, /^Document drafted/, /^Shared interaction/, /^Question asked/]) {
      await visit(path);
      const link = uses(feature);
      const said = number(/([\d,]+)(?:\s|$)/.exec((await link.innerText()).replace(/^\D+/, ""))![1]!);
      await link.click();
      expect([feature, await activitiesListed()]).toEqual([feature, said]);
    }
  }
});

test("retention: who came back and of how many are those people", async () => {
  await visit("/retention?period=week");
  for (const day of [1, 7, 30])
    for (const at of [0, 1]) {
      await visit("/retention?period=week");
      const link = page
        .getByRole("region", { name: `Back on day ${day}`, exact: true })
        .getByRole("link")
        .nth(at);
      const said = number(await link.textContent());
      await link.click();
      expect((await listed()).total).toBe(said);
    }
  expect(await page.title()).toMatch(/^People first seen, .+, whose day 30 is over · Twin Analytics$/);
  await visit("/retention?period=week");
  const average = page.getByRole("link", { name: /^Average of week 1: / });
  const back = number(/ %, ([\d,]+) of /.exec((await average.getAttribute("aria-label"))!)![1]!);
  await average.click();
  expect((await listed()).total).toBe(back);
  expect(await page.title()).toMatch(/^People first seen, .+, back in week 1 · Twin Analytics$/);
});

test("twins: who asks whose leads to as many activities, who depends to as many people", async () => {
  await visit("/twins?range=last-month");
  const cell = page.getByRole("link", { name: /^.+ asked (?!others).+: [\d,]+$/ }).first();
  const said = number(await cell.textContent());
  await cell.click();
  expect(await activitiesListed()).toBe(said);
  await page.getByText("Feature is Shared interaction").waitFor();
  await visit("/twins?range=last-month");
  const within = page.getByRole("link", { name: /^[\d,]+ more$/ });
  const inside = number(await within.textContent());
  await within.click();
  expect(await activitiesListed()).toBe(inside);
  await page.getByText("Twin’s department is the asker’s own").waitFor();
  await visit("/twins?range=last-month");
  const leaning = page.getByRole("table", { name: /Departments and the twins/ }).getByRole("link");
  for (const [at, count] of [
    [1, activitiesListed],
    [2, async () => (await listed()).total],
  ] as const) {
    await visit("/twins?range=last-month");
    const text = number(await leaning.nth(at).textContent());
    await leaning.nth(at).click();
    expect(await count()).toBe(text);
  }
});

test("g r, g e, g f and g t go there, with the days and filters; what a page can't apply is struck out", async () => {
  await visit("/?range=7d&platform=slack");
  for (const [key, name] of [
    ["r", "Retention"],
    ["e", "Engagement"],
    ["f", "Features"],
    ["t", "Twins"],
  ] as const) {
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.getByRole("heading", { name, level: 1 }).waitFor();
    expect(new URL(page.url()).search).toBe("?range=7d&platform=slack");
    // Retention is of people, whatever platform they used; the others follow the platform.
    const chip = page.locator(".chip");
    if (name === "Retention") await page.getByTitle("Cohorts are of people, whatever platform they used.").waitFor();
    else expect(await chip.innerText()).toContain("Platform is Slack");
  }
});

test("days of which nothing is known say so", async () => {
  for (const path of ["/retention", "/engagement", "/features"]) {
    await visit(`${path}?day=2001-01-01`);
    await page.getByText("No activity in these days").waitFor();
  }
  await visit("/people?day=2001-01-01");
  await page.getByText("No one", { exact: true }).waitFor();
});
