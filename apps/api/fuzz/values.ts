import fc from "fast-check";
import type { Random } from "./random.ts";

/** What is read of a JSON schema. */
export type Schema = {
  type?: string | string[];
  format?: string;
  pattern?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
};

/** Values that mean something to this server, by the name of the field that they stand in. */
export type Known = ReadonlyMap<string, readonly unknown[]>;

const now = Date.now();
const at = (days: number) => new Date(now + days * 86_400_000).toISOString();

/** Days around the ones that there are records in, and such as are none. */
const days = [...Array.from({ length: 40 }, (_, back) => at(-back).slice(0, 10)), "2016-02-29", "1970-01-01"];
const oddDays = [
  "2026-02-30",
  "0000-00-00",
  "0001-01-01",
  "9999-12-31",
  "1969-12-31",
  "-000001-01-01",
  "+275760-09-13",
];
/** Few months in all: new ones are tables, and how many an organisation may ask for in a day is tested by itself. */
const oddInstants = [
  "1970-01-01T00:00:00Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999Z",
  "2016-12-31T23:59:60Z",
  "2026-03-29T02:30:00+01:00",
  "2026-11-22T10:42:00+0530",
  "2026-11-22T10:42:00+23:59",
  "2026-13-01T00:00:00Z",
  "2026-11-22 10:42",
  at(3_650),
];

const words = ["support", "sales-team", "Größe", "web", "slack", "teams", "Sarah Chen", "x", "Europe/Berlin", "UTC"];

/** A value as a schema wants it; `known` ones are preferred. */
export function valid(random: Random, schema: Schema, known: Known, name = "", depth = 0): unknown {
  const given = known.get(name);
  if (given && given.length > 0 && random.chance(0.6)) return random.pick(given);
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return random.pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return valid(random, random.pick(choices), known, name, depth);
  if (schema.allOf) return valid(random, random.pick(schema.allOf), known, name, depth);
  const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
  if (type === "object") return objectOf(random, schema, known, depth);
  if (type === "array") {
    const length = Math.max(
      schema.minItems ?? 0,
      random.weigh([
        [6, random.int(0, 3)],
        [1, random.int(4, 30)],
      ]),
    );
    return Array.from({ length }, () => valid(random, schema.items ?? {}, known, name, depth + 1));
  }
  if (type === "string") return textOf(random, schema);
  if (type === "integer" || type === "number") return numberOf(random, schema);
  if (type === "boolean") return random.chance(0.5);
  if (type === "null") return null;
  return depth > 4 ? null : random.pick<unknown>([null, true, 7, "text", {}, [], { a: { b: [1, "two", null] } }]);
}

function objectOf(random: Random, { properties = {}, required = [] }: Schema, known: Known, depth: number): object {
  const share = random.pick([0, 0.2, 0.5, 1]);
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) =>
      required.includes(name) || random.chance(share) ? [[name, valid(random, schema, known, name, depth + 1)]] : [],
    ),
  );
}

const patterns = new Map<string, fc.Arbitrary<string> | null>();

function matching(random: Random, pattern: string): string {
  if (!patterns.has(pattern)) {
    try {
      patterns.set(pattern, fc.stringMatching(new RegExp(pattern)));
    } catch {
      patterns.set(pattern, null);
    }
  }
  const arbitrary = patterns.get(pattern);
  return arbitrary ? fc.sample(arbitrary, { seed: random.int(0, 2 ** 31 - 1), numRuns: 1 })[0]! : random.pick(words);
}

function textOf(random: Random, schema: Schema): string {
  if (schema.format === "date") return random.pick(days);
  if (schema.format === "date-time") return random.chance(0.9) ? at(-random.int(0, 30)) : random.pick(oddInstants);
  if (schema.format === "uuid") return uuid(random);
  if (schema.format === "ipv4") return "192.0.2.7";
  if (schema.format === "ipv6") return "2001:db8::7";
  if (schema.pattern?.includes("@")) return `person${random.int(0, 400)}@fuzz.example`;
  if (schema.pattern !== undefined) return matching(random, schema.pattern);
  const length = random.weigh([
    [20, null],
    [1, schema.maxLength],
    [1, (schema.maxLength ?? 300) + 1],
    [1, schema.minLength],
  ]);
  if (length === null || length === undefined || length > 20_000) return `${random.pick(words)} ${random.int(0, 99)}`;
  return "m".repeat(length);
}

function numberOf(random: Random, { minimum, exclusiveMinimum, maximum }: Schema): number {
  const least = minimum ?? (exclusiveMinimum === undefined ? 0 : exclusiveMinimum + 1);
  return random.weigh([
    [6, random.int(least, Math.min(maximum ?? 1_000, least + 40))],
    [1, least],
    [1, least - 1],
    [1, maximum ?? Number.MAX_SAFE_INTEGER],
    [1, (maximum ?? Number.MAX_SAFE_INTEGER) + 1],
  ]);
}

const hex = (random: Random, length: number) => Array.from({ length }, () => random.int(0, 15).toString(16)).join("");
export const uuid = (random: Random): string =>
  `${hex(random, 8)}-${hex(random, 4)}-7${hex(random, 3)}-8${hex(random, 3)}-${hex(random, 12)}`;

/** Stands for text of JSON that no value becomes, see `jsonOf`. */
const rawMark = "@@raw:";
const raw = (text: string) => `${rawMark}${text}@@`;

/** JSON text of a value, raw parts as they are. */
export const jsonOf = (value: unknown): string =>
  (JSON.stringify(value) ?? "").replaceAll(/"@@raw:([^"]*)@@"/g, (_, text: string) => text.replaceAll("'", '"'));

/** A value as the text that stands for it in an address or form. */
export const wordOf = (value: unknown): string => (typeof value === "string" ? value : jsonOf(value));

const hostileTexts: readonly string[] = [
  "",
  " ",
  "\u0000",
  "a\u0000b",
  "\ud800",
  "x\udfffy",
  "' or 1=1 --",
  "'; drop table users; --",
  "\\'; select pg_sleep(9); --",
  "$1",
  "%s%n%x",
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "../../../../etc/passwd",
  "..\\..\\windows\\win.ini",
  "%00",
  "%2e%2e%2f",
  "%E0%A4%A",
  "${jndi:ldap://127.0.0.1/a}",
  "{{7*7}}",
  "👩‍👩‍👧‍👦",
  "e\u0301",
  "İstanbul",
  "\u202egnirts",
  "\ufeffbom",
  "\u2028\u2029",
  "١٢٣",
  "null",
  "undefined",
  "NaN",
  "Infinity",
  "-0",
  "1e999",
  "0x10",
  "true",
  "[object Object]",
  "__proto__",
  "constructor",
  "toString",
  "Mars/Base",
  "posixrules",
  "../UTC",
  "00000000-0000-0000-0000-000000000000",
  "ffffffff-ffff-ffff-ffff-ffffffffffff",
  "0198c0de-0000-7000-8000-00000000000g",
  ",,,,",
  "(none)",
  "*",
  "%",
  "_",
  "\\",
  '"',
  "a\r\nset-cookie: x=y",
  "file:///etc/passwd",
  "http://169.254.169.254/",
  "-1",
  "0",
  "1e3",
  "99999999999999999999",
  "eyJhIjoxfQ",
  "e30",
  "W10",
  "bnVsbA",
  ...oddDays,
  ...oddInstants,
];

const deep = (levels: number) => raw(`${"[".repeat(levels)}${"]".repeat(levels)}`);
const deepObject = (levels: number) => raw(`${"{'a':".repeat(levels)}1${"}".repeat(levels)}`);

/** A value that nobody sends who means well. */
export function hostile(random: Random): unknown {
  return random.weigh<() => unknown>([
    [24, () => random.pick(hostileTexts)],
    [3, () => random.pick(hostileTexts).repeat(random.int(2, 60))],
    [3, () => random.pick(["x", " ", "é", "💥", "a,", "\t"]).repeat(random.pick([51, 101, 256, 1_001, 5_000]))],
    [0.2, () => "y".repeat(random.pick([20_000, 70_000, 300_000]))],
    [4, () => random.pick([-1, 0, 1.5, -0.1, 1e308, 5e-324, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 2 ** 63, 1e21])],
    [2, () => raw(random.pick(["NaN", "-Infinity", "1e999", "-0", "0x1f", "01", `1${"0".repeat(400)}`, "tru", "+1"]))],
    [3, () => random.pick<unknown>([null, true, false])],
    [3, () => random.pick<unknown>([[], {}, [[]], [null], { length: 3 }, { toString: 1 }, { toJSON: "x" }])],
    [2, () => ({ ["__proto__"]: { is_admin: true, org_id: 1 }, constructor: { prototype: { role: "owner" } } })],
    [1, () => Array.from({ length: random.pick([101, 1_000, 6_000]) }, (_, index) => index)],
    [0.1, () => Array.from({ length: 30_000 }, () => 0)],
    [1, () => deep(random.pick([20, 65, 500]))],
    [0.2, () => deep(20_000)],
    [0.5, () => deepObject(random.pick([20, 300, 4_000]))],
    [0.5, () => Object.fromEntries(Array.from({ length: random.pick([200, 3_000]) }, (_, index) => [`k${index}`, 0]))],
  ])();
}

type Place = { owner: Record<string | number, unknown>; key: string | number };

/** Every place in a value, down to a depth at which there are enough. */
function placesOf(value: unknown, found: Place[] = [], depth = 0): Place[] {
  if (typeof value !== "object" || value === null || depth > 6) return found;
  for (const key of Array.isArray(value) ? value.keys() : Object.keys(value)) {
    if (found.length > 300) return found;
    const owner = value as Record<string | number, unknown>;
    found.push({ owner, key });
    placesOf(owner[key], found, depth + 1);
  }
  return found;
}

const extra = [
  "__proto__",
  "constructor",
  "org_id",
  "role",
  "lastEventId",
  "toString",
  "limit",
  "cursor",
  "",
  "\u0000",
];

/** The value with something wrong in one place. */
export function spoil(random: Random, given: unknown): unknown {
  const top = { value: structuredClone(given) };
  const places = placesOf(top);
  // The whole is rarely exchanged: nothing is learnt from that after a few times.
  const { owner, key } = random.chance(0.04) ? places[0]! : random.pick(places.slice(places.length > 1 ? 1 : 0));
  const put = (value: unknown) =>
    Object.defineProperty(owner, key, { value, enumerable: true, configurable: true, writable: true });
  random.weigh<() => unknown>([
    [12, () => put(hostile(random))],
    [3, () => (Array.isArray(owner) ? owner.splice(Number(key), 1) : delete owner[key])],
    [1, () => put([owner[key]])],
    [1, () => put({ value: owner[key] })],
    [1, () => put(wordOf(owner[key]))],
    [1, () => put([owner[key], owner[key], hostile(random)])],
    [
      2,
      () => {
        const inner = owner[key];
        const target = [inner, owner].find((one) => typeof one === "object" && one !== null && !Array.isArray(one));
        if (!target) return put(hostile(random));
        const name = random.chance(0.8) ? random.pick(extra) : wordOf(hostile(random)).slice(0, 100);
        return Object.defineProperty(target, name, { value: hostile(random), enumerable: true, configurable: true });
      },
    ],
  ])();
  return top.value;
}
