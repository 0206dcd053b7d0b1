import type { Role } from "@twin/contracts/vocabulary";
import { beforeAll, expect, test } from "vitest";
import { systemOf } from "../../test/actors.ts";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { addMember } from "./accounts.ts";
import { createOrganization } from "./create-organization.ts";
import { acceptInvitation, invite, readInvitation, revokeInvitation } from "./invitations.ts";
import { changeMember, handOver, listMembers, removeMember } from "./members.ts";
import { type Browser, signIn } from "./sign-in.ts";
import { readStandings } from "./standing.ts";
import { hashToken } from "./tokens.ts";
import { type Member, memberOf } from "./viewer.ts";

const database = useDatabase();
const app = useApplication(database);
const request = { request_id: "test" };
const browser: Browser = { ...request, wait: async () => {} };
const password = "a long password";

let made = 0;
type World = { org_id: number; ids: Record<string, string>; as(name: string): Promise<Member> };

/** An organisation with members of these roles, each named after theirs. */
async function world(...names: Role[]): Promise<World> {
  const slug = `members-${++made}`;
  const { org_id } = await createOrganization(app.db, { slug, name: slug, time_zone: "UTC" });
  const ids: Record<string, string> = {};
  const emailOf = (name: string) => `${name}@${slug}.example`;
  for (const role of names) {
    const { account_id } = await addMember(app.db, systemOf(org_id), { email: emailOf(role), role, password });
    ids[role] = account_id;
  }
  const as = async (name: string) => {
    const { token } = await signIn(app.db, { email: emailOf(name), password }, browser);
    return (await memberOf(app.db, token, request))!;
  };
  return { org_id, ids, as };
}
const inviteByLink = async (actor: Member, input: Parameters<typeof invite>[2]) => {
  const { token, ...made } = await invite(app.db, actor, input, { mail: false });
  return { ...made, token: token! };
};
const change = (actor: Member, input: Parameters<typeof changeMember>[2]) =>
  changeMember(app.db, actor, input, browser);
const invitation = (email: string, role: Role = "viewer") => ({ email, role, content_read: false, titles_read: false });

beforeAll(() => database.pool.query("delete from auth.rate_limits"));

test("who is invited accepts once, with a name and a password of their own, and is a member with what was granted", async () => {
  const { as } = await world("owner");
  const owner = await as("owner");
  const sent = { ...invitation("Carla@new.example", "analyst"), content_read: true };
  const { token, ...listed } = await inviteByLink(owner, sent);
  expect((await listMembers(app.db, owner, { mail: false })).invitations).toEqual([listed]);
  expect(listed).toMatchObject({
    email: "Carla@new.example",
    role: "analyst",
    content_read: true,
    invited_by: "owner",
  });
  expect(JSON.stringify((await database.pool.query("select * from auth.invitations")).rows)).not.toContain(token);
  // A mail filter that opens the link spends nothing.
  for (let opened = 0; opened < 3; opened++)
    expect(await readInvitation(app.db, { token })).toMatchObject({ role: "analyst", has_account: false });
  await expect(acceptInvitation(app.db, { token, password }, browser)).rejects.toMatchObject({ path: "full_name" });
  await expect(
    acceptInvitation(app.db, { token, password: "short", full_name: "Carla" }, browser),
  ).rejects.toMatchObject({ code: "BAD_REQUEST", path: "password" });
  const [first, second] = await Promise.allSettled([
    acceptInvitation(app.db, { token, password, full_name: "Carla" }, browser),
    acceptInvitation(app.db, { token, password, full_name: "Carla" }, browser),
  ]);
  const won = [first, second].flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  expect(won).toHaveLength(1);
  const carla = (await memberOf(app.db, won[0]!.token, request))!;
  expect(carla).toMatchObject({ name: "Carla", role: "analyst" });
  expect(carla.permissions).toContain("content.read");
  await expect(readInvitation(app.db, { token })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect((await listMembers(app.db, owner, { mail: false })).invitations).toEqual([]);
});

test("an address that has an account accepts with that account's password, and guesses are counted", async () => {
  const { as } = await world("owner");
  await world("analyst");
  const email = `analyst@members-${made}.example`;
  const { token } = await inviteByLink(await as("owner"), invitation(email));
  expect(await readInvitation(app.db, { token })).toMatchObject({ has_account: true });
  const waits: number[] = [];
  const guess = () =>
    acceptInvitation(
      app.db,
      { token, password: "not the password" },
      { ...browser, wait: async (ms) => void waits.push(ms) },
    );
  for (let tries = 0; tries < 3; tries++)
    await expect(guess()).rejects.toMatchObject({ code: "UNAUTHORIZED", path: "password" });
  expect(waits).toEqual([1_000, 2_000]);
  const entered = await acceptInvitation(app.db, { token, password }, browser);
  expect(await memberOf(app.db, entered.token, request)).toMatchObject({ role: "viewer" });
});

test("an invitation gives no way into an account elsewhere that has no password yet, and changes nothing for a member", async () => {
  const elsewhere = await world("owner");
  const email = `silent@members-${made}.example`;
  await addMember(app.db, systemOf(elsewhere.org_id), { email, role: "owner" });
  const { as, org_id } = await world("owner");
  const sent = await inviteByLink(await as("owner"), invitation(email));
  const accept = (token: string) => acceptInvitation(app.db, { token, password, full_name: "Thief" }, browser);
  await expect(accept(sent.token)).rejects.toMatchObject({ code: "CONFLICT" });
  const { rows } = await database.pool.query("select password_hash from auth.accounts where email = $1", [email]);
  expect(rows).toEqual([{ password_hash: null }]);
  const early = await inviteByLink(await as("owner"), invitation("boss@new.example"));
  const boss = await addMember(app.db, systemOf(org_id), { email: "boss@new.example", role: "owner", password });
  await expect(accept(early.token)).rejects.toMatchObject({ code: "CONFLICT" });
  const { members } = await listMembers(app.db, systemOf(org_id), { mail: false });
  expect(members.find(({ account_id }) => account_id === boss.account_id)).toMatchObject({ role: "owner" });
});

test("an invitation ends when it is taken back, after seven days, with a newer one, and when who sent it may invite no more", async () => {
  const { org_id, ids, as } = await world("owner", "admin");
  const [owner, admin] = [await as("owner"), await as("admin")];
  const ended = (token: string) =>
    expect(readInvitation(app.db, { token })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const older = await inviteByLink(owner, invitation("a@new.example"));
  const newer = await inviteByLink(owner, invitation("A@new.example", "ops"));
  await ended(older.token);
  expect(await readInvitation(app.db, newer)).toMatchObject({ role: "ops" });
  await revokeInvitation(app.db, owner, newer);
  await ended(newer.token);
  await expect(revokeInvitation(app.db, owner, newer)).rejects.toMatchObject({ code: "NOT_FOUND" });
  const late = await inviteByLink(owner, invitation("b@new.example"));
  expect(Date.parse(late.expires_at) - Date.parse(late.created_at)).toBe(7 * 86_400_000);
  await database.pool.query("update auth.invitations set expires_at = now() where id = $1", [late.id]);
  await ended(late.token);
  const byAdmin = await inviteByLink(admin, invitation("c@new.example"));
  await change(owner, { account_id: ids["admin"]!, role: "analyst" });
  await ended(byAdmin.token);
  const elsewhere = await world("owner");
  const other = await inviteByLink(owner, invitation("d@new.example"));
  await expect(revokeInvitation(app.db, await elsewhere.as("owner"), other)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(inviteByLink(owner, invitation(`admin@members-${made - 1}.example`))).rejects.toMatchObject({
    code: "CONFLICT",
    path: "email",
  });
  expect((await listMembers(app.db, systemOf(org_id), { mail: false })).invitations.map(({ email }) => email)).toEqual([
    "d@new.example",
  ]);
});

test("administrators change all but owners; owners appoint owners; nobody else's members can be touched", async () => {
  const { ids, as } = await world("owner", "admin", "viewer");
  const [owner, admin] = [await as("owner"), await as("admin")];
  const forbidden = { code: "FORBIDDEN" };
  await expect(inviteByLink(admin, invitation("boss@new.example", "owner"))).rejects.toMatchObject(forbidden);
  await expect(change(admin, { account_id: ids["viewer"]!, role: "owner" })).rejects.toMatchObject(forbidden);
  await expect(change(admin, { account_id: ids["owner"]!, role: "viewer" })).rejects.toMatchObject(forbidden);
  await expect(change(admin, { account_id: ids["owner"]!, active: false })).rejects.toMatchObject(forbidden);
  await expect(removeMember(app.db, admin, { account_id: ids["owner"]! })).rejects.toMatchObject(forbidden);
  expect((await change(admin, { account_id: ids["viewer"]!, role: "analyst" })).member.role).toBe("analyst");
  expect((await change(owner, { account_id: ids["viewer"]!, role: "owner" })).member.role).toBe("owner");
  const elsewhere = await world("owner");
  const theirs = { account_id: elsewhere.ids["owner"]! };
  await expect(change(owner, { ...theirs, active: false })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(removeMember(app.db, owner, theirs)).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("reading content and titles is granted by name to analysts and viewers alone, and a role that can't have it loses it", async () => {
  const { ids, as } = await world("owner", "viewer", "ops");
  const owner = await as("owner");
  const viewer = { account_id: ids["viewer"]! };
  await change(owner, { ...viewer, content_read: true, titles_read: true });
  const granted = (await as("viewer")).permissions;
  expect(granted).toEqual(expect.arrayContaining(["content.read", "titles.read"]));
  await expect(change(owner, { account_id: ids["ops"]!, content_read: true })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    path: "content_read",
  });
  const { member } = await change(owner, { ...viewer, role: "ops" });
  expect(member).toMatchObject({ role: "ops", content_read: false, titles_read: false });
});

test("every change of what a member may ends their sessions there; a change of nothing doesn't", async () => {
  const { ids, as } = await world("owner", "analyst");
  const owner = await as("owner");
  const { token } = await signIn(app.db, { email: `analyst@members-${made}.example`, password }, browser);
  const session = hashToken(token);
  const stands = async () => (await readStandings(app.db, { sessions: [session], keys: [] }, new Date())).has(session);
  expect((await change(owner, { account_id: ids["analyst"]!, role: "analyst" })).token).toBeNull();
  expect(await stands()).toBe(true);
  await change(owner, { account_id: ids["analyst"]!, role: "viewer" });
  expect(await stands()).toBe(false);
  expect(await memberOf(app.db, token, request)).toBeNull();
});

test("who is deactivated can't sign in, keeps their place, and comes back as they were", async () => {
  const { ids, as } = await world("owner", "analyst");
  const owner = await as("owner");
  await change(owner, { account_id: ids["analyst"]!, titles_read: true });
  await change(owner, { account_id: ids["analyst"]!, active: false });
  await expect(as("analyst")).rejects.toMatchObject({ code: "FORBIDDEN" });
  const [analyst] = (await listMembers(app.db, owner, { mail: false })).members.filter(
    ({ role }) => role === "analyst",
  );
  expect(analyst).toMatchObject({ deactivated_at: expect.any(String), titles_read: true, signed_in_at: null });
  await change(owner, { account_id: ids["analyst"]!, active: true });
  expect((await as("analyst")).permissions).toContain("titles.read");
});

test("the last owner who can sign in is neither demoted, kept out nor removed, not even by two at once", async () => {
  const { org_id, ids, as } = await world("owner", "admin");
  const owner = await as("owner");
  const self = { account_id: ids["owner"]! };
  const refused = { code: "CONFLICT" };
  // Whoever never chose a password is no owner to rely on.
  await addMember(app.db, systemOf(org_id), { email: `silent@members-${made}.example`, role: "owner" });
  await expect(change(owner, { ...self, role: "admin" })).rejects.toMatchObject(refused);
  await expect(change(owner, { ...self, active: false })).rejects.toMatchObject(refused);
  await expect(removeMember(app.db, owner, self)).rejects.toMatchObject(refused);
  await change(owner, { account_id: ids["admin"]!, role: "owner" });
  const second = await as("admin");
  const left = await Promise.allSettled([
    change(owner, { account_id: second.account_id, role: "viewer" }),
    change(second, { ...self, role: "viewer" }),
  ]);
  expect(left.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test("who hands over becomes an administrator, in a new session, and the heir an owner", async () => {
  const { ids, as } = await world("owner", "viewer");
  const owner = await as("owner");
  await expect(handOver(app.db, owner, { account_id: ids["owner"]! }, browser)).rejects.toMatchObject({
    code: "CONFLICT",
  });
  const { member, token } = await handOver(app.db, owner, { account_id: ids["viewer"]! }, browser);
  expect(member.role).toBe("owner");
  expect(await memberOf(app.db, token!, request)).toMatchObject({ account_id: ids["owner"], role: "admin" });
});

test("who is removed has no way in, and no invitation of theirs stays", async () => {
  const { ids, as } = await world("owner", "admin");
  const [owner, admin] = [await as("owner"), await as("admin")];
  const { token } = await inviteByLink(admin, invitation("friend@new.example"));
  await removeMember(app.db, owner, { account_id: ids["admin"]! });
  await expect(as("admin")).rejects.toMatchObject({ code: "FORBIDDEN" });
  await expect(readInvitation(app.db, { token })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect((await listMembers(app.db, owner, { mail: false })).members.map(({ role }) => role)).toEqual(["owner"]);
});
