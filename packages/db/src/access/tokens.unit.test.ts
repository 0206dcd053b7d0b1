import { expect, test } from "vitest";
import { hashSecret, hashToken, isSecret, newKey, newToken, parseKey, randomText } from "./tokens.ts";

test("a key gives its parts back, and a mistyped one is no key", () => {
  for (let i = 0; i < 200; i++) {
    const { id, secret, key } = newKey();
    expect(parseKey(key)).toEqual({ id, secret });
    const at = 5 + (i % (key.length - 5));
    const mistyped = key.slice(0, at) + (key[at] === "x" ? "y" : "x") + key.slice(at + 1);
    expect(parseKey(mistyped)).toBeNull();
  }
  for (const nonsense of ["", "twin_", "twin_abc_def", `${newKey().key}0`, ` ${newKey().key}`])
    expect(parseKey(nonsense)).toBeNull();
});

test("a token has 256 bits, and its hash is another text", () => {
  const token = newToken();
  expect(Buffer.from(token, "base64url")).toHaveLength(32);
  expect(hashToken(token)).not.toContain(token);
  expect(hashToken(token)).toBe(hashToken(token));
});

test("only the secret itself is the secret", () => {
  const hash = hashSecret("correct");
  expect(isSecret("correct", hash)).toBe(true);
  expect(isSecret("correcT", hash)).toBe(false);
  expect(isSecret("correct", hash.subarray(1))).toBe(false);
});

test("random text uses all 62 letters and digits about equally", () => {
  const counts = new Map<string, number>();
  for (const letter of randomText(62_000)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  expect(counts.size).toBe(62);
  for (const count of counts.values()) expect(count).toBeGreaterThan(800);
});
