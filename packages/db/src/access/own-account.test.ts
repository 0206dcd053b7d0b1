import { beforeAll, expect, test } from "vitest";
import { systemOf } from "../../test/actors.ts";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { addMember } from "./accounts.ts";
import { createOrganization } from "./create-organization.ts";
import { makePasswordLink, readPasswordLink } from "./links.ts";
import { endOtherLogins, endOwnLogin, readOwnAccount, renameAccount, replacePassword } from "./own-account.ts";
import { type Browser, signIn } from "./sign-in.ts";
import { type Member, memberOf } from "./viewer.ts";

const database = useDatabase();
const app = useApplication(database);
const request = { request_id: "test" };
const waits: number[] = [];
const browserOf = (user_agent: string, ip: string): Browser => ({
  ...request,
  user_agent,
  ip,
  wait: async (ms) => void waits.push(ms),
});
const here = browserOf("Firefox", "192.0.2.17");
const away = browserOf("Safari", "2001:db8:40:1::7");
const password = "a long password";
let org_id: number;
beforeAll(async () => {
  ({ org_id } = await createOrganization(app.db, { slug: "acme", name: "Acme", time_zone: "UTC" }));
});

let made = 0;
async function member(): Promise<{ email: string; enter(from: Browser): Promise<{ actor: Member; token: string }> }> {
  const email = `member${++made}@acme.example`;
  await addMember(app.db, systemOf(org_id), { email, role: "viewer", password });
  const enter = async (from: Browser) => {
    const { token } = await signIn(app.db, { email, password }, from);
    return { token, actor: (await memberOf(app.db, token, request))! };
  };
  return { email, enter };
}
const read = ({ actor, token }: { actor: Member; token: string }) => readOwnAccount(app.db, actor, token, new Date());
const isLive = async ({ token }: { token: string }) => (await memberOf(app.db, token, request)) !== null;

test("one sees where one is signed in: browser and network, never an address, this one first", async () => {
  const { email, enter } = await member();
  const first = await enter(here);
  await enter(away);
  const { logins, ...account } = await read(first);
  expect(account).toMatchObject({ email, is_demo: false, tries_total: 2, tries_failed: 0 });
  expect(logins.map(({ user_agent, network, is_current }) => [user_agent, network, is_current])).toEqual([
    ["Firefox", "192.0.2.0/24", true],
    ["Safari", "2001:db8:40::/48", false],
  ]);
  expect(JSON.stringify(await read(first))).not.toMatch(/192\.0\.2\.17|40:1::7/);
  const other = await member();
  expect((await read(await other.enter(here))).logins).toHaveLength(1);
});

test("a session that is used is seen, to five minutes", async () => {
  const { enter } = await member();
  const session = await enter(here);
  const seen = async () => Date.parse((await read(session)).logins[0]!.last_seen_at);
  const ago = (minutes: number) =>
    database.pool.query("update auth.sessions set last_seen_at = now() - $1 * interval '1 minute' where user_id = $2", [
      minutes,
      session.actor.account_id,
    ]);
  await ago(4);
  await isLive(session);
  expect(Date.now() - (await seen())).toBeGreaterThan(200_000);
  await ago(6);
  await isLive(session);
  expect(Date.now() - (await seen())).toBeLessThan(60_000);
});

test("a wrong password is told to whose account it is, with its network, and an unknown address leaves nothing", async () => {
  const { email, enter } = await member();
  const session = await enter(here);
  const rows = async () =>
    (await database.pool.query("select from audit_log where action = 'session.refuse'")).rowCount;
  const before = await rows();
  for (const address of [email, "nobody@acme.example"])
    await expect(signIn(app.db, { email: address, password: "a guess" }, away)).rejects.toMatchObject({
      code: "UNAUTHORIZED",
    });
  await expect.poll(async () => (await read(session)).tries_failed).toBe(1);
  const { tries, tries_total } = await read(session);
  expect(tries_total).toBe(2);
  expect(tries.map(({ succeeded, network }) => [succeeded, network])).toEqual([
    [false, "2001:db8:40::/48"],
    [true, "192.0.2.0/24"],
  ]);
  expect(await rows()).toBe(before! + 1);
});

test("one session, or all others, can be ended, and nobody else's", async () => {
  const { enter } = await member();
  const [mine, second, third, fourth] = [await enter(here), await enter(away), await enter(away), await enter(away)];
  const stranger = await (await member()).enter(here);
  const id = (await read(second)).logins[0]!.id;
  await expect(endOwnLogin(app.db, stranger.actor, { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await isLive(second)).toBe(true);
  await endOwnLogin(app.db, mine.actor, { id });
  expect(await isLive(second)).toBe(false);
  await expect(endOwnLogin(app.db, mine.actor, { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await endOtherLogins(app.db, mine.actor, mine.token)).toBe(2);
  expect(await Promise.all([mine, third, fourth, stranger].map(isLive))).toEqual([true, false, false, true]);
  expect(await endOtherLogins(app.db, mine.actor, mine.token)).toBe(0);
});

test("a changed password ends every session and link, this one goes on under a new token; guesses at it are slowed", async () => {
  const { email, enter } = await member();
  const [mine, other] = [await enter(here), await enter(away)];
  const link = await makePasswordLink(app.db, systemOf(org_id), email);
  const change = (current: string) =>
    replacePassword(app.db, mine.actor, { current, password: "another password" }, here);
  waits.length = 0;
  for (const guess of ["a guess", "another guess", password.toUpperCase()])
    await expect(change(guess)).rejects.toMatchObject({ code: "BAD_REQUEST", path: "current" });
  expect(waits).toEqual([1_000, 2_000]);
  expect(await Promise.all([mine, other].map(isLive))).toEqual([true, true]);
  const { token } = await change(password);
  expect(await Promise.all([mine, other, { token }].map(isLive))).toEqual([false, false, true]);
  await expect(readPasswordLink(app.db, { token: link })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(enter(away)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  const { password_changed_at, logins } = await read({ actor: mine.actor, token });
  expect(Date.now() - Date.parse(password_changed_at!)).toBeLessThan(60_000);
  expect(logins).toHaveLength(1);
});

test("accounts of the demonstration keep their name and their published password", async () => {
  const demo = await createOrganization(app.db, { slug: "demo", name: "Demo", time_zone: "UTC", is_demo: true });
  const email = "viewer@demo.example";
  await addMember(app.db, systemOf(demo.org_id), { email, role: "viewer", password, is_demo: true });
  const { token } = await signIn(app.db, { email, password }, here);
  const actor = (await memberOf(app.db, token, request))!;
  await expect(renameAccount(app.db, actor, { full_name: "Mallory" })).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(
    replacePassword(app.db, actor, { current: password, password: "another password" }, here),
  ).rejects.toMatchObject({ code: "CONFLICT" });
  const { actor: own, token: mine } = await (await member()).enter(here);
  await renameAccount(app.db, own, { full_name: "Dana Özgür" });
  expect((await read({ actor: own, token: mine })).full_name).toBe("Dana Özgür");
});
