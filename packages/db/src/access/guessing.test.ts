import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { createOrganization } from "./create-organization.ts";
import { addMember } from "./accounts.ts";
import { slownessMs, triesAllowed } from "./limits.ts";
import { type Browser, signIn } from "./sign-in.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);
const password = "a long password";

beforeAll(async () => {
  const { org_id } = await createOrganization(app.db, { slug: "guessed", name: "Guessed", time_zone: "UTC" });
  for (const name of ["victim", "admin", "office", "straße"])
    await addMember(app.db, systemOf(org_id), { email: `${name}@c.example`, role: "viewer", password });
});

let waited: number[] = [];
const from = (more: Partial<Browser> = {}): Browser => ({
  request_id: "test",
  wait: async (ms) => {
    waited.push(ms);
  },
  ...more,
});
const attempt = async (email: string, given: string, browser: Browser): Promise<string> => {
  waited = [];
  return signIn(app.db, { email, password: given }, browser).then(
    () => "in",
    (error: { code: string }) => error.code,
  );
};
const countsHeld = async () => (await database.pool.query("select from auth.rate_limits")).rowCount!;
const forget = () => database.pool.query("truncate auth.rate_limits");

test("nobody can lock an account: whoever knows an address only makes others wait, and each network has ten tries", async () => {
  for (let network = 0; network < 30; network++)
    for (let i = 0; i < triesAllowed; i++)
      await attempt("victim@c.example", "wrong", from({ ip: `10.3.${network}.1` }));
  expect(await attempt("VICTIM@c.example", password, from({ ip: "192.0.2.7" }))).toBe("in");
  expect(waited).toEqual([30_000]);
  // The right password made it quiet again.
  expect(await attempt("victim@c.example", password, from({ ip: "192.0.2.7" }))).toBe("in");
  expect(waited).toEqual([]);
});

test("a wrong password makes the next unknown browser wait, twice as long each time, for accounts that don't exist too", async () => {
  for (const email of ["office@c.example", "nobody@c.example"]) {
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      await attempt(email, "wrong", from({ ip: `10.4.${i}.${email.length}` }));
      waits.push(waited[0] ?? 0);
    }
    expect(waits).toEqual([0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  }
  expect(slownessMs(1_000)).toBe(30_000);
});

test("a network is blocked after ten wrong tries, parallel ones too, and leaves no trace of whom it tried then", async () => {
  await forget();
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => attempt(`guess${i}@c.example`, "x", from({ ip: "10.5.0.1" }))),
  );
  expect(answers.filter((answer) => answer === "UNAUTHORIZED")).toHaveLength(triesAllowed);
  expect(answers.filter((answer) => answer === "TOO_MANY_REQUESTS")).toHaveLength(20);
  expect(await countsHeld()).toBe(1 + triesAllowed);
  expect(await attempt("office@c.example", password, from({ ip: "10.5.0.1" }))).toBe("TOO_MANY_REQUESTS");
  expect(await attempt("office@c.example", password, from({ ip: "10.5.0.2" }))).toBe("in");
});

test("the right password isn't counted against its network", async () => {
  await forget();
  for (let i = 0; i < triesAllowed + 5; i++)
    expect(await attempt("office@c.example", password, from({ ip: "10.6.0.1" }))).toBe("in");
});

test("a household's /64 of IPv6 is one network, however its addresses are written", async () => {
  await forget();
  for (let i = 0; i < triesAllowed; i++)
    await attempt(`six${i}@c.example`, "x", from({ ip: `2001:db8:1:2:${i.toString(16)}::${i}` }));
  expect(await attempt("office@c.example", password, from({ ip: "2001:DB8:1:2::abcd" }))).toBe("TOO_MANY_REQUESTS");
  expect(await attempt("office@c.example", password, from({ ip: "2001:db8:1:3::1" }))).toBe("in");
  for (let i = 0; i < triesAllowed; i++) await attempt(`four${i}@c.example`, "x", from({ ip: "::ffff:10.7.0.1" }));
  expect(await attempt("office@c.example", password, from({ ip: "10.7.0.1" }))).toBe("TOO_MANY_REQUESTS");
});

test("tries are counted for the very account that they open, whatever letters fold to", async () => {
  await forget();
  // To a server's lower() this is admin@…, to others another name: it must open nothing, or count as admin's.
  for (let i = 0; i < 5; i++)
    expect(await attempt("admİn@c.example", password, from({ ip: `10.8.0.${i}` }))).toBe("UNAUTHORIZED");
  expect(await attempt("admin@c.example", password, from({ ip: "10.8.1.1" }))).toBe("in");
  expect(waited).toEqual([]);
  await attempt("ADMIN@c.example ", "wrong", from({ ip: "10.8.1.2" }));
  await attempt("admin@c.example", "wrong", from({ ip: "10.8.1.3" }));
  expect(waited).toEqual([1_000]);
  expect(await attempt("STRASSE@c.example", password, from({ ip: "10.8.1.4" }))).toBe("UNAUTHORIZED");
  expect(await attempt("Straße@c.example", password, from({ ip: "10.8.1.4" }))).toBe("in");
});

test("a browser that signed in before neither waits nor is blocked with its network, and has ten tries of its own", async () => {
  await forget();
  const { device } = await signIn(app.db, { email: "office@c.example", password }, from({ ip: "10.9.0.1" }));
  for (let i = 0; i < triesAllowed + 5; i++) await attempt("office@c.example", "wrong", from({ ip: "10.9.0.1" }));
  expect(await attempt("office@c.example", password, from({ ip: "10.9.0.1" }))).toBe("TOO_MANY_REQUESTS");
  expect(await attempt("office@c.example", password, from({ ip: "10.9.0.1", device }))).toBe("in");
  expect(waited).toEqual([]);
  // Of another account it is unknown, and so is one that was tampered with.
  expect(await attempt("victim@c.example", password, from({ ip: "10.9.0.1", device }))).toBe("TOO_MANY_REQUESTS");
  const [nonce, signature] = device.split(".") as [string, string];
  const forged = `${nonce}.${signature[0] === "A" ? "B" : "A"}${signature.slice(1)}`;
  expect(await attempt("office@c.example", password, from({ ip: "10.9.0.1", device: forged }))).toBe(
    "TOO_MANY_REQUESTS",
  );
  for (let i = 0; i < triesAllowed; i++)
    expect(await attempt("office@c.example", "wrong", from({ ip: "10.9.0.2", device }))).toBe("UNAUTHORIZED");
  expect(waited).toEqual([]);
  await attempt("office@c.example", "wrong", from({ ip: "10.9.0.2", device }));
  expect(waited[0]).toBeGreaterThan(0);
});

test("another password makes every browser unknown again", async () => {
  await forget();
  const { device } = await signIn(app.db, { email: "victim@c.example", password }, from({ ip: "10.10.0.1" }));
  await attempt("victim@c.example", "wrong", from({ ip: "10.10.0.2" }));
  await database.pool.query(
    "update auth.accounts set password_hash = (select password_hash from auth.accounts where email_key = 'office@c.example') where email_key = 'victim@c.example'",
  );
  expect(await attempt("victim@c.example", password, from({ ip: "10.10.0.1", device }))).toBe("in");
  expect(waited).toEqual([1_000]);
});
