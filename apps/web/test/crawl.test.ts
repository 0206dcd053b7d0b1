import { addDays } from "@twin/contracts/calendar";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Crawled, makeCrawled } from "./crawled.ts";
import { leave, open, ready, signIn, signInAs, untilFilled } from "./visit.ts";

/** A number that leads somewhere, where it stands, and where it leads. */
type Numbered = { from: string; where: string; said: number; href: string };

let page: Page;
let crawled: Crawled;
beforeAll(async () => {
  crawled = await makeCrawled();
  page = await (await open()).newPage();
  await signInAs(page, crawled);
}, 240_000);
afterAll(leave);

/** Most links that are followed of one table or grid of a page: their rows are made alike. */
const ofEach = 4;

/** Every number of the page that is a link, its own table or chart being told apart by what is around it. */
const numbersOf = (on: Page, from: string): Promise<Numbered[]> =>
  on.evaluate(
    ([path, most]) => {
      const found: Numbered[] = [];
      const perPlace = new Map<Element | null, Map<string, number>>();
      for (const link of document.querySelectorAll<HTMLAnchorElement>("main a[href]")) {
        // Cells of a grid are drawn as shares or colours: those that lead to as many as they stand for say how many.
        if (link.closest("[role=grid]") && !link.dataset["count"]) continue;
        const text = (link.querySelector(".num") ?? link).textContent!.trim();
        const told =
          /^([\d,]+)(?: (?:more|other|activit\w+|shared interactions?|people|person|active users?|uses?))?$/.exec(text);
        const said = Number(link.dataset["count"] ?? told?.[1]!.replaceAll(",", "") ?? 0);
        if (said === 0) continue;
        // The rows of one table lead to lists of one kind: those of each column are told apart by where they lead.
        const place = link.closest("table, ul, nav, dl, section, figure");
        const url = new URL(link.href);
        const kind = `${url.pathname.replace(/[0-9a-f-]{36}/, "")} ${[...url.searchParams.keys()].join()} ${link.closest("td")?.cellIndex ?? ""}`;
        const kinds = perPlace.get(place) ?? perPlace.set(place, new Map()).get(place)!;
        const before = kinds.get(kind) ?? 0;
        kinds.set(kind, before + 1);
        if (before < Number(most))
          found.push({
            from: String(path),
            where: link.getAttribute("aria-label") ?? text,
            said,
            href: url.pathname + url.search,
          });
      }
      return found;
    },
    [from, ofEach] as const,
  );

/** How many the page says that it holds where a number led, and whether there are more. */
async function totalAt(href: string): Promise<{ total: number; least: boolean } | string> {
  const answer = await page.request.get(href);
  if (!answer.ok()) return `answered ${answer.status()}`;
  const mark = /data-total="(\d+)"( data-least)?/.exec(await answer.text());
  return mark ? { total: Number(mark[1]), least: mark[2] !== undefined } : "states no total";
}

/** Every number of these pages that leads to another total than its own. @throws where there are hardly any numbers */
async function wrongs(paths: readonly string[]): Promise<string[]> {
  const numbers = new Map<string, Numbered>();
  for (const path of paths) {
    await page.goto(path);
    await ready(page);
    // Tables that stand behind charts hold numbers, too.
    for (const button of await page.getByRole("button", { name: "Table", exact: true }).all()) await button.click();
    for (const one of await numbersOf(page, path)) numbers.set(`${one.said} ${one.href}`, one);
  }
  expect(numbers.size).toBeGreaterThan(4 * paths.length);
  const wrong: string[] = [];
  const waiting = [...numbers.values()];
  const follow = async () => {
    for (let one = waiting.pop(); one; one = waiting.pop()) {
      const landed = await totalAt(one.href);
      const fits = typeof landed !== "string" && (landed.least ? one.said >= landed.total : one.said === landed.total);
      if (!fits)
        wrong.push(
          `${one.from}: “${one.where}” leads to ${typeof landed === "string" ? one.href + " which " + landed : `${landed.total} at ${one.href}`}`,
        );
    }
  };
  await Promise.all([follow(), follow(), follow(), follow()]);
  return wrong.toSorted();
}

test("numbers of the Overview lead to as many as they say: with today, ended, over midnight, by department and platform", async () => {
  const { today, eve } = crawled;
  const paths = [
    "/",
    "/?range=7d&metric=messages",
    `/?day=${addDays(eve, 1)}&metric=messages`,
    `/?day=${today}`,
    "/?range=28d&offset=-1&metric=conversations",
    "/?platform=slack&department=Engineering",
    "/?department=Sales&metric=messages&range=7d",
    "/?department=(none)&metric=documents",
    "/?range=12mo&compare=off&metric=helpful",
    "/?type=query&source_not=test",
  ];
  expect(await wrongs(paths)).toEqual([]);
});

test("numbers of features, retention and twins lead to as many as they say", async () => {
  await page.goto("/twins");
  const twin = new URL(
    (await page.getByRole("link", { name: "Twin 0", exact: true }).first().getAttribute("href"))!,
    "http://here.invalid",
  ).pathname;
  const paths = [
    twin,
    `${twin}?range=7d&offset=-1&department_not=Sales`,
    "/engagement?period=day&range=7d",
    "/engagement?period=month&range=91d&platform=slack&department_not=Sales",
    "/engagement?metric=mau&offset=-1",
    "/features",
    "/features?range=7d&offset=-1",
    "/retention",
    "/retention?department=Engineering&range=12mo",
    "/features?department_not=Sales",
    "/twins?platform=slack&department_not=Sales&range=12mo",
    "/retention?period=month&range=12mo&mode=recurring",
    "/twins",
    "/twins?range=7d&offset=-1",
  ];
  expect(await wrongs(paths)).toEqual([]);
});

test("numbers of people, their sessions, and what goes lead to as many as they say", async () => {
  await page.goto("/users");
  const person = new URL(
    (await page.getByRole("link", { name: "Person 2" }).first().getAttribute("href"))!,
    "http://here.invalid",
  ).pathname;
  const paths = [
    "/users",
    person,
    `${person}/sessions`,
    `${person}/twins`,
    "/sessions",
    "/lifecycle",
    "/users/erasures",
  ];
  expect(await wrongs(paths)).toEqual([]);
});

test("numbers of the demonstration's ended days lead to as many as they say", async () => {
  await page.context().close();
  page = await (await open()).newPage();
  await signIn(page);
  await untilFilled(page);
  expect(
    await wrongs(["/?range=last-month", "/features?range=last-month", "/twins?range=last-month", "/lifecycle"]),
  ).toEqual([]);
});
