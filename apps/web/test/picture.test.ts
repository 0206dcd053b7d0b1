import { readFile } from "node:fs/promises";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { leave, open, ready, signIn, untilFilled } from "./visit.ts";

let page: Page;

beforeAll(async () => {
  page = await (await open({ colorScheme: "dark" })).newPage();
  await signIn(page);
  await untilFilled(page);
}, 240_000);
afterAll(leave);

test.for([
  ["/?range=last-month", "Active users per day"],
  ["/features?range=last-month", "First use, share of all users"],
] as const)(
  "%s: its chart comes as a picture with title, type and marks, light whatever the page is",
  async ([path, name]) => {
    await page.goto(path);
    await ready(page);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("figure", { name }).getByRole("button", { name: "PNG" }).click(),
    ]);
    expect(download.suggestedFilename()).toMatch(/^[a-z-]+-\d{4}-\d\d-\d\d-\d{4}-\d\d-\d\d\.png$/);
    const bytes = (await readFile(await download.path())).toString("base64");
    const seen = await page.evaluate(async (source) => {
      const image = new Image();
      image.src = `data:image/png;base64,${source}`;
      await image.decode();
      const canvas = new OffscreenCanvas(image.width, image.height);
      const pen = canvas.getContext("2d")!;
      pen.drawImage(image, 0, 0);
      const { data } = pen.getImageData(0, 0, image.width, image.height);
      const found = { width: image.width, white: 0, dark: 0, blue: 0, titled: 0 };
      for (let at = 0; at < data.length; at += 4) {
        const [red, green, blue] = [data[at]!, data[at + 1]!, data[at + 2]!];
        if (red > 250 && green > 250 && blue > 250) found.white++;
        if (red < 100 && green < 100 && blue < 100) {
          found.dark++;
          if (at / 4 / image.width < 96) found.titled++;
        }
        if (blue > red + 60) found.blue++;
      }
      return { ...found, pixels: data.length / 4 };
    }, bytes);
    expect(seen.width).toBeGreaterThan(1000);
    expect(seen.white / seen.pixels).toBeGreaterThan(0.5);
    for (const kind of ["dark", "blue", "titled"] as const) expect([kind, seen[kind] > 100]).toEqual([kind, true]);
  },
);
