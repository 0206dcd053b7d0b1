import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pages } from "../src/lib/pages.ts";
import { type Ear, listenIn } from "./asked.ts";
import { baseUrl } from "./browser.ts";
import { makeCrawled } from "./crawled.ts";
import { leave, open, ready, signInAs } from "./visit.ts";

let ear: Ear;
let page: Page;
const below: Record<string, string> = {};

beforeAll(async () => {
  const made = await makeCrawled();
  ear = await listenIn();
  page = await (await open({ baseURL: ear.url })).newPage();
  await signInAs(page, made);
  for (const [path, list] of [
    ["/activities/", "/activities?type=conversation"],
    ["/features/", "/features"],
    ["/twins/", "/twins"],
    ["/users/", "/users"],
  ] as const) {
    await page.goto(list);
    const link = page.locator(`table a[href^="${path}"]`).first();
    below[path] = new URL((await link.getAttribute("href"))!, ear.url).pathname;
  }
}, 240_000);
afterAll(async () => {
  await leave();
  await ear.close();
});

/** What a view of a page asks for: until it has stood still for longer than the page waits to ask again. */
async function askedBy(path: string): Promise<string[]> {
  await page.goto("about:blank");
  ear.heard();
  await page.goto(path);
  await ready(page);
  await page.waitForTimeout(2_000);
  return ear.heard();
}

const ofData = (asked: string[]) => asked.filter((one) => !one.startsWith("live."));

const views: [name: string, path: () => string][] = [
  // Who is in no demonstration is led away from its page.
  ...pages
    .filter(({ path }) => path !== "/settings/demonstration")
    .map(({ name, path }): [string, () => string] => [name, () => below[path] ?? path]),
  ["Overview, nothing matches", () => "/?range=all&department=Nowhere"],
  ["Activities, peek", () => `/activities?peek=${below["/activities/"]!.split("/").at(-1)!}`],
  ["Twins, all days", () => "/twins?range=all"],
  ["Privacy", () => `${below["/users/"]}/privacy`],
];

// `npm run full` looks at all.
const looked = views.filter((_, at) => process.env["FULL"] === "1" || at % 4 === 1);

test.each(looked)("%s asks the API for nothing twice", async (_name, path) => {
  const asked = await askedBy(path());
  expect(ofData(asked).length).toBeGreaterThan(1);
  expect(asked).toEqual([...new Set(asked)]);
});

test("new figures appear by themselves, by asking once, also those that came while nobody looked; without new ones nothing is asked", async () => {
  const view = ofData(await askedBy("/activities"));
  const data = { name: "once", source: "once", scopes: ["ingest.write"] };
  const made = await page.request.post("/trpc/keys.create", { headers: { origin: ear.url }, data });
  const { key } = (await made.json()).result.data as { key: string };
  const send = async (external_id: string) => {
    const answer = await fetch(`${baseUrl()}/api/ingest`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      body: JSON.stringify({ records: recordsOf(external_id) }),
    });
    expect(await answer.json()).toMatchObject({ accepted: 3 });
  };
  const look = (state: "hidden" | "visible") =>
    page.evaluate((now) => {
      Object.defineProperty(document, "visibilityState", { value: now, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  const pause = () => page.waitForTimeout(3_000);
  const askedWhen = async (title: string): Promise<string[]> => {
    await page.getByRole("table").getByText(title).first().waitFor({ timeout: 20_000 });
    await pause();
    return ofData(ear.heard());
  };

  ear.heard();
  await send("first");
  expect(await askedWhen("Query of first")).toEqual(view);
  await look("hidden");
  await look("visible");
  await pause();
  expect(ofData(ear.heard())).toEqual([]);
  await look("hidden");
  await send("second");
  await pause();
  expect(ear.heard()).toEqual([]);
  await look("visible");
  expect(await askedWhen("Query of second")).toEqual(view);
});

const recordsOf = (external_id: string) => [
  { type: "user", external_id, email: `${external_id}@crawled.example`, full_name: `Query of ${external_id}` },
  { type: "twin", external_id, user: external_id, name: "Once" },
  {
    type: "activity",
    external_id,
    user: external_id,
    twin: external_id,
    activity_type: "query",
    platform: "web",
    started_at: new Date().toISOString(),
  },
];
