import type { ApiKey } from "@twin/contracts/keys";
import { expect, test } from "vitest";
import { endOf, inOrder, shortId, sourceOf, standingOf } from "./words.ts";

const now = Date.parse("2026-11-22T10:20:00Z");
const at = (days: number) => new Date(now + days * 86_400_000).toISOString();
const keyOf = (id: string, more: Partial<ApiKey> = {}): ApiKey => ({
  id,
  name: id,
  source: "s",
  scopes: ["ingest.write"],
  created_at: at(-30),
  created_by: null,
  expires_at: at(300),
  revoked_at: null,
  revoked_by: null,
  last_used_at: at(-0.1),
  replaces: null,
  replaced_by: null,
  ...more,
});
const said = (key: ApiKey, ...others: ApiKey[]) => {
  const { text, urges } = standingOf(key, [key, ...others], now, (time) => time.slice(0, 10));
  return urges ? `${text}!` : text;
};

test("a key says what one has to know of it, and urges where something is to be done", () => {
  expect(said(keyOf("plain"))).toBe("");
  expect(said(keyOf("forever", { expires_at: null }))).toBe("");
  expect(said(keyOf("unused", { last_used_at: null }))).toBe("never used");
  expect(said(keyOf("soon", { expires_at: at(6.4) }))).toBe("ends in 6 days!");
  expect(said(keyOf("later", { expires_at: at(14) }))).toBe("");
  expect(said(keyOf("very soon", { expires_at: at(1.6) }))).toBe("ends in 38 hours!");
  expect(said(keyOf("now", { expires_at: at(0.001) }))).toBe("ends in 1 minute!");
  expect(said(keyOf("over", { expires_at: at(-1) }))).toBe("expired 2026-11-21");
  const revoked = { revoked_at: at(-78), revoked_by: "Priya" };
  expect(said(keyOf("revoked", revoked))).toBe("revoked 2026-09-05 by Priya");
  expect(said(keyOf("by twinctl", { ...revoked, revoked_by: null }))).toBe("revoked 2026-09-05");
});

test("of a rotated key both say so, and the old one may end once it is silent for a day", () => {
  const next = keyOf("next", { replaces: "old", created_at: at(-0.5) });
  const old = keyOf("oldkey", { id: "old", replaced_by: "next", expires_at: at(6.99) });
  expect(said(old, next)).toBe("both work, ends in 7 days");
  expect(said(next, old)).toBe("replaces twin_old…");
  // It was used for the last time before: a day of silence counts from the rotation.
  expect(said({ ...old, last_used_at: at(-3) }, next)).toBe("both work, ends in 7 days");
  const earlier = { ...next, created_at: at(-2) };
  expect(said({ ...old, last_used_at: at(-1.1) }, earlier)).toBe("not used for a day: it can end!");
  expect(said({ ...old, last_used_at: at(-0.9) }, earlier)).toBe("both work, ends in 7 days");
  const over = { ...old, expires_at: at(-0.1) };
  expect(said(over, next)).toBe("ended 2026-11-22");
  expect(said(next, over)).toBe("");
});

test("keys that have ended stand below the others", () => {
  const [a, b, c] = [keyOf("a", { revoked_at: at(-1) }), keyOf("b"), keyOf("c", { expires_at: at(-1) })];
  expect(inOrder([a!, b!, c!], now).map(({ id }) => id)).toEqual(["b", "a", "c"]);
});

test("a source is made from a name, whatever it is written in", () => {
  expect(["HR directory, weekly", "Ünïcode!", "slack:T01", "会社", "x".repeat(120)].map(sourceOf)).toEqual([
    "hr-directory-weekly",
    "unicode",
    "slack:t01",
    "api",
    "x".repeat(100),
  ]);
  expect(shortId("7k2fAAAAAAAA")).toBe("twin_7k2f…");
});

test("an end is counted in days or years from now", () => {
  const day = (choice: Parameters<typeof endOf>[0]) => endOf(choice, new Date(now)).toISOString().slice(0, 10);
  expect((["30d", "90d", "1y", "2y"] as const).map(day)).toEqual([
    "2026-12-22",
    "2027-02-20",
    "2027-11-22",
    "2028-11-22",
  ]);
});
