import { createSecretKey, randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blind } from "./blind-index.ts";
import { aadOf, keyVersionOf, open, seal, sealedOverhead } from "./cipher.ts";

const key = createSecretKey(randomBytes(32));
const place = aadOf("messages", "content", 1, "row");

test("what was sealed opens again, and is longer by a fixed overhead", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const plain = Buffer.from(text);
      const sealed = seal(key, 7, place, plain);
      expect(open(key, place, sealed)).toEqual(plain);
      expect(sealed.length).toBe(plain.length + sealedOverhead);
      expect(keyVersionOf(sealed)).toBe(7);
    }),
  );
});

test("the same text is sealed differently each time", () => {
  expect(seal(key, 1, place, Buffer.from("a"))).not.toEqual(seal(key, 1, place, Buffer.from("a")));
});

test("a changed byte, another key or another place opens nothing", () => {
  const sealed = seal(key, 1, place, Buffer.from("secret"));
  for (let i = 0; i < sealed.length; i++) {
    // The key's version only says which key to take.
    if (i === 1 || i === 2) continue;
    const broken = Buffer.from(sealed);
    broken[i]! ^= 1;
    expect(() => open(key, place, broken)).toThrow();
  }
  expect(() => open(createSecretKey(randomBytes(32)), place, sealed)).toThrow();
  expect(() => open(key, aadOf("messages", "content", 2, "row"), sealed)).toThrow();
});

test("a blinded vector keeps positions and shape, and no word", () => {
  const vector = "'it''s':3 'plan':1,5 'q4':2A";
  const hidden = blind(key, vector);
  expect(hidden).toMatch(/^'[\w-]{16}':3 '[\w-]{16}':1,5 '[\w-]{16}':2A$/);
  expect(hidden).not.toMatch(/'(plan|q4|it''s)'/);
  expect(blind(key, "'plan'")).toBe(hidden.match(/'[\w-]{16}'(?=:1,5)/)![0]);
});
