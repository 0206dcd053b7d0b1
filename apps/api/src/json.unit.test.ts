import { expect, test } from "vitest";
import { parseJson } from "./json.ts";

const ofText = (text: string) => parseJson(Buffer.from(text));

/** A value of any shape, large enough at times to be cut on several levels. */
function makeValue(random: () => number, depth = 0): unknown {
  const kind = Math.floor(random() * (depth > 5 ? 4 : 8));
  const text = () => '\\",[]{}:\n\u00e9\ud83d\ude00 '.repeat(Math.floor(random() * 4)) + String(random());
  if (kind === 0) return random() * 1e6;
  if (kind === 1) return text().repeat(random() < 0.03 ? 1_000 : 1);
  if (kind === 2) return [null, true, false][Math.floor(random() * 3)];
  if (kind === 3) return depth % 2 ? [] : {};
  const many = Array.from({ length: Math.floor(random() * (depth < 1 ? 120 : 5)) });
  if (kind < 6) return many.map(() => makeValue(random, depth + 1));
  return Object.fromEntries(many.map((_, i) => [i === 3 ? "__proto__" : text(), makeValue(random, depth + 1)]));
}

function randomOf(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
}

test("a text parsed in pieces is what JSON.parse makes of it, and refused where that refuses it", async () => {
  let large = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const random = randomOf(seed);
    const value = { records: Array.from({ length: 1 + (seed % 7) }, () => makeValue(random)) };
    const text = JSON.stringify(value, null, seed % 3);
    if (text.length > 100_000) large++;
    const parsed = await ofText(text);
    expect(JSON.stringify(parsed)).toBe(JSON.stringify(JSON.parse(text)));
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype);
    // A letter is lost, doubled or replaced somewhere.
    for (let i = 0; i < 6; i++) {
      const at = Math.floor(random() * text.length);
      const letter = '[]{},:"x'[Math.floor(random() * 8)]!;
      const broken = Buffer.from(
        text.slice(0, at) + [letter, "", letter + text[at]][i % 3] + text.slice(at + 1),
      ).toString();
      let expected: unknown;
      try {
        expected = JSON.stringify(JSON.parse(broken));
      } catch {
        await expect(ofText(broken), `${seed} ${at}`).rejects.toThrow();
        continue;
      }
      expect(JSON.stringify(await ofText(broken))).toBe(expected);
    }
  }
  expect(large).toBeGreaterThan(5);
}, 30_000);

const filler = `"${"x".repeat(20_000)}"`;
test.each([
  ["a comma before the end", `[${filler},]`],
  ["two commas", `[${filler},,${filler}]`],
  ["two commas between small ones", `[1,,${filler}]`],
  ["a comma at the beginning", `[,${filler}]`],
  ["no comma", `[${filler} ${filler}]`],
  ["another bracket", `[${filler}}`],
  ["more after its end", `[${filler}] []`],
  ["no end", `[${filler}`],
  ["no key", `{${filler}}`],
  ["no value", `{"a":${filler},"b":}`],
  ["nothing", " ".repeat(20_000)],
])("a large text with %s is refused", async (_what, text) => {
  await expect(ofText(text)).rejects.toThrow();
});

test("what is empty, or has room around it, is read however large", async () => {
  const room = " \n".repeat(10_000);
  expect(await ofText(`${room}[${room}]${room}`)).toEqual([]);
  expect(await ofText(`{${room}"a"${room}:${room}[${room}1,${room}{}]${room}}`)).toEqual({ a: [1, {}] });
});

test.each([
  ["a list of a million empty objects", `[${Array(1_000_000).fill("{}").join(",")}]`],
  [
    "lists of lists of them",
    `[${Array(200)
      .fill(`[${Array(10_000).fill("{}").join(",")}]`)
      .join(",")}]`,
  ],
  ["a million levels", "[".repeat(1_000_000) + "]".repeat(1_000_000)],
  ["60,000 levels, as deep as nobody's record", "[".repeat(60_000) + "]".repeat(60_000)],
  ["an object of 30,000 keys", `{${Array.from({ length: 30_000 }, (_, i) => `"key${i}":0`).join(",")}}`],
])("%s is refused by counting", async (_what, text) => {
  await expect(ofText(text)).rejects.toMatchObject({ code: "BAD_REQUEST", message: expect.stringContaining("up to") });
});
