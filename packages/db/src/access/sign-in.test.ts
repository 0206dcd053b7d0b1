import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { createOrganization } from "./create-organization.ts";
import { addMember } from "./accounts.ts";
import { createOwner, readSignInState } from "./create-owner.ts";
import { addDemoMembers, demoLogins } from "./demo.ts";
import { makePasswordLink, makeSetupLink, readPasswordLink, setPassword } from "./links.ts";
import { type Browser, signIn, signOut, signOutEverywhere } from "./sign-in.ts";
import { hashToken } from "./tokens.ts";
import { memberOf, readViewer, selectOrganization } from "./viewer.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);
const request = { request_id: "test" };
const browser: Browser = { ...request, wait: async () => {} };
const here = { ...request, local: true, mail: false };
const away = { ...request, local: false, mail: false };
const owner = {
  email: "First@visitor.example",
  password: "correct horse battery",
  full_name: "Olivia",
  organization_name: "Acme",
  slug: "acme",
  timezone: "Europe/Berlin",
};

test("from another machine the first owner is created by the set-up link alone; nothing is made before it is seen", async () => {
  expect(await readSignInState(app.db, { demo: false, ...away })).toEqual({
    needs_owner: true,
    needs_setup_token: true,
    demo: [],
    mail: false,
  });
  const old = (await makeSetupLink(app.db))!;
  const link = (await makeSetupLink(app.db))!;
  const made = async () =>
    (
      await database.pool.query(
        "select (select count(*) from auth.accounts) + (select count(*) from organizations) as n",
      )
    ).rows[0].n;
  const before = await made();
  for (const setup_token of [undefined, "", "guess", old])
    await expect(createOwner(app.db, { ...owner, setup_token }, away)).rejects.toMatchObject({
      code: "FORBIDDEN",
      path: "setup_token",
    });
  expect(await made()).toBe(before);
  const { rows } = await database.pool.query("select * from auth.links");
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(link);
  const { token, device } = await createOwner(app.db, { ...owner, setup_token: link }, away);
  expect(await memberOf(app.db, token, request)).toMatchObject({ role: "owner" });
  expect(device).toMatch(/^[\w-]{43}\.[\w-]{43}$/);
  expect((await database.pool.query("select from auth.links")).rowCount).toBe(0);
  expect(await makeSetupLink(app.db)).toBeNull();
  await database.pool.query("truncate auth.accounts, auth.organizations cascade");
});

test("the first visitor becomes the owner, of what nobody owns yet too; of two at once one does", async () => {
  const early = await createOrganization(app.db, { slug: "early", name: "Early", time_zone: "UTC" });
  expect(await readSignInState(app.db, { demo: false, local: true, mail: false })).toEqual({
    needs_owner: true,
    needs_setup_token: false,
    demo: [],
    mail: false,
  });
  await expect(createOwner(app.db, { ...owner, timezone: "Mars/Base" }, here)).rejects.toMatchObject({
    code: "BAD_REQUEST",
    path: "timezone",
  });
  const tries = await Promise.allSettled([
    createOwner(app.db, owner, { ...here, ip: "127.0.0.1" }),
    createOwner(app.db, { ...owner, email: "other@acme.example", slug: "other" }, here),
    createOwner(app.db, { ...owner, email: "third@acme.example", slug: "third" }, here),
  ]);
  const won = tries.filter((one) => one.status === "fulfilled");
  expect(won).toHaveLength(1);
  expect(tries.flatMap((one) => (one.status === "rejected" ? [one.reason.code] : []))).toEqual([
    "CONFLICT",
    "CONFLICT",
  ]);
  expect((await database.pool.query("select from auth.accounts")).rowCount).toBe(1);
  const member = await memberOf(app.db, won[0]!.value.token, request);
  expect(member).toMatchObject({ kind: "member", role: "owner" });
  const viewer = await readViewer(app.db, member!);
  expect(viewer.organizations.map(({ id }) => id)).toContain(early.org_id);
  expect(viewer.organization.timezone).toBe("Europe/Berlin");
  expect(await readSignInState(app.db, { demo: false, local: true, mail: false })).toEqual({
    needs_owner: false,
    needs_setup_token: false,
    demo: [],
    mail: false,
  });
});

test("a token signs in, is stored as a hash only, and ends at sign-out", async () => {
  const { org_id } = await createOrganization(app.db, { slug: "b", name: "B", time_zone: "UTC" });
  await addMember(app.db, systemOf(org_id), {
    email: "ann@b.example",
    full_name: "Ann",
    role: "analyst",
    password: "a long password",
  });
  const first = await signIn(
    app.db,
    { email: "ANN@b.example", password: "a long password" },
    { ...browser, ip: "10.0.0.1", user_agent: "test" },
  );
  const stored = await database.pool.query<{ id: string; ip: string }>("select * from auth.sessions");
  expect(stored.rows.map(({ id }) => id)).toContain(hashToken(first.token));
  expect(JSON.stringify(stored.rows)).not.toContain(first.token);
  expect(await memberOf(app.db, hashToken(first.token), request)).toBeNull();
  // Signing in with a session in hand replaces it: a fixed token survives no sign-in.
  const second = await signIn(
    app.db,
    { email: "ann@b.example", password: "a long password" },
    { ...browser, previous: first.token },
  );
  expect(await memberOf(app.db, first.token, request)).toBeNull();
  const third = await signIn(app.db, { email: "ann@b.example", password: "a long password" }, browser);
  const self = (await memberOf(app.db, second.token, request))!;
  await signOut(app.db, self, second.token);
  expect(await memberOf(app.db, second.token, request)).toBeNull();
  const ann = await memberOf(app.db, third.token, request);
  expect(ann).toMatchObject({ org_id, role: "analyst", name: "Ann" });
  await signOutEverywhere(app.db, ann!);
  expect(await memberOf(app.db, third.token, request)).toBeNull();
});

test("signing out ends one session, signing out everywhere all of the account, and nobody else's", async () => {
  const { org_id } = await createOrganization(app.db, { slug: "everywhere", name: "E", time_zone: "UTC" });
  const password = "a long password";
  for (const name of ["cem", "dee"])
    await addMember(app.db, systemOf(org_id), {
      email: `${name}@e.example`,
      full_name: name,
      role: "viewer",
      password,
    });
  const enter = async (name: string) => (await signIn(app.db, { email: `${name}@e.example`, password }, browser)).token;
  const [first, second, third, other] = [
    await enter("cem"),
    await enter("cem"),
    await enter("cem"),
    await enter("dee"),
  ];
  const alive = async () =>
    (await Promise.all([first, second, third, other].map((token) => memberOf(app.db, token, request)))).map(
      (member) => member?.name ?? null,
    );
  const cem = (await memberOf(app.db, first, request))!;
  await signOut(app.db, cem, first);
  expect(await alive()).toEqual([null, "cem", "cem", "dee"]);
  await signOutEverywhere(app.db, (await memberOf(app.db, second, request))!);
  expect(await alive()).toEqual([null, null, null, "dee"]);
});

test("a session slides by 30 days and ends after 90, however busy", async () => {
  const { token } = await signIn(app.db, { email: "ann@b.example", password: "a long password" }, browser);
  const id = hashToken(token);
  const left = async () => {
    const { rows } = await database.pool.query(
      "select extract(epoch from expires_at - now()) / 86400 as days from auth.sessions where id = $1",
      [id],
    );
    return rows[0] ? Number(rows[0].days) : null;
  };
  expect(await left()).toBeCloseTo(30, 1);
  await database.pool.query("update auth.sessions set expires_at = now() + interval '10 days' where id = $1", [id]);
  expect(await memberOf(app.db, token, request)).not.toBeNull();
  expect(await left()).toBeCloseTo(30, 1);
  await database.pool.query("update auth.sessions set created_at = now() - interval '90 days 1 second' where id = $1", [
    id,
  ]);
  expect(await memberOf(app.db, token, request)).toBeNull();
  expect(await left()).toBeNull();
});

test("an unknown address and a wrong password get the same answer in about the same time", async () => {
  const time = async (email: string) => {
    const began = performance.now();
    const error = await signIn(app.db, { email, password: "wrong" }, browser).catch((caught: unknown) => caught);
    return { took: performance.now() - began, error: { ...(error as object), message: (error as Error).message } };
  };
  await time("warm-up@b.example");
  const known: number[] = [];
  const unknown: number[] = [];
  for (let i = 0; i < 4; i++) {
    const [a, b] = [await time("ann@b.example"), await time(`nobody${i}@b.example`)];
    expect(a.error).toEqual(b.error);
    known.push(a.took);
    unknown.push(b.took);
  }
  // Without the hash of nobody the answer would come 10 or more times faster.
  expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 3);
});

test("a member chooses among their own organisations only", async () => {
  const here = await createOrganization(app.db, { slug: "here", name: "Here", time_zone: "UTC" });
  const there = await createOrganization(app.db, { slug: "there", name: "There", time_zone: "UTC" });
  await createOrganization(app.db, { slug: "foreign", name: "Foreign", time_zone: "UTC" });
  await addMember(app.db, systemOf(here.org_id), {
    email: "two@d.example",
    role: "viewer",
    password: "a long password",
  });
  const again = await addMember(app.db, systemOf(there.org_id), { email: "two@d.example", role: "admin" });
  expect(again.has_password).toBe(true);
  const { token } = await signIn(app.db, { email: "two@d.example", password: "a long password" }, browser);
  const before = await memberOf(app.db, token, request);
  expect(before).toMatchObject({ org_id: here.org_id, role: "viewer" });
  await expect(selectOrganization(app.db, before!, { slug: "foreign" }, token)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await selectOrganization(app.db, before!, { slug: "there" }, token);
  expect(await memberOf(app.db, token, request)).toMatchObject({ org_id: there.org_id, role: "admin" });
  await database.pool.query("delete from auth.memberships where org_id = $1", [there.org_id]);
  expect(await memberOf(app.db, token, request)).toMatchObject({ org_id: here.org_id });
  await database.pool.query("delete from auth.memberships where org_id = $1", [here.org_id]);
  expect(await memberOf(app.db, token, request)).toBeNull();
  await expect(signIn(app.db, { email: "two@d.example", password: "a long password" }, browser)).rejects.toMatchObject({
    code: "FORBIDDEN",
  });
});

test("whoever signs in sweeps out sessions and counts that have ended", async () => {
  const credentials = { email: "ann@b.example", password: "a long password" };
  await signIn(app.db, credentials, browser);
  await database.pool.query("update auth.sessions set expires_at = now() - interval '1 second'");
  await database.pool.query("insert into auth.rate_limits (key, points, expire) values ('old', 3, 1)");
  await signIn(app.db, credentials, browser);
  expect((await database.pool.query("select from auth.sessions")).rowCount).toBe(1);
  expect((await database.pool.query("select from auth.rate_limits where key = 'old'")).rowCount).toBe(0);
});

test("who has no password chooses one by a link, once; every session that there was ends", async () => {
  const { org_id } = await createOrganization(app.db, { slug: "e", name: "E", time_zone: "UTC" });
  const { has_password } = await addMember(app.db, systemOf(org_id), { email: "new@e.example", role: "owner" });
  expect(has_password).toBe(false);
  await expect(signIn(app.db, { email: "new@e.example", password: "" }, browser)).rejects.toMatchObject({
    code: "UNAUTHORIZED",
  });
  const old = await makePasswordLink(app.db, systemOf(org_id), "New@E.example");
  const link = await makePasswordLink(app.db, systemOf(org_id), "new@e.example");
  await expect(readPasswordLink(app.db, { token: old })).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await readPasswordLink(app.db, { token: link })).toEqual({ email: "new@e.example" });
  const tries = await Promise.allSettled(
    ["a chosen password", "another password"].map((password) =>
      setPassword(app.db, { token: link, password }, request),
    ),
  );
  expect(tries.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const chosen = tries[0]!.status === "fulfilled" ? "a chosen password" : "another password";
  const { token } = await signIn(app.db, { email: "new@e.example", password: chosen }, browser);
  const reset = await makePasswordLink(app.db, systemOf(org_id), "new@e.example");
  await setPassword(app.db, { token: reset, password: "a third password" }, request);
  expect(await memberOf(app.db, token, request)).toBeNull();
  await database.pool.query("update auth.links set expires_at = now()");
  const late = await makePasswordLink(app.db, systemOf(org_id), "new@e.example");
  await database.pool.query("update auth.links set expires_at = now() - interval '1 second'");
  await expect(setPassword(app.db, { token: late, password: "a fourth password" }, request)).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
  await expect(makePasswordLink(app.db, systemOf(org_id), "nobody@e.example")).rejects.toMatchObject({
    code: "NOT_FOUND",
  });
});

test("the demonstration's sign-ins sign in, and are shown in demo mode alone", async () => {
  const { org_id } = await createOrganization(app.db, {
    slug: "demo",
    name: "Acme Corp",
    time_zone: "UTC",
    is_demo: true,
  });
  await addDemoMembers(app.db, systemOf(org_id));
  await addDemoMembers(app.db, systemOf(org_id));
  for (const { email, password, role } of demoLogins) {
    const { token } = await signIn(app.db, { email, password }, browser);
    expect(await memberOf(app.db, token, request)).toMatchObject({ org_id, role });
  }
  expect(await readSignInState(app.db, { demo: true, local: false, mail: true })).toEqual({
    needs_owner: false,
    needs_setup_token: false,
    demo: demoLogins,
    mail: true,
  });
  // One that was removed has nobody any more.
  await database.pool.query(
    "delete from auth.memberships m using auth.accounts a where a.id = m.account_id and a.is_demo",
  );
  expect((await readSignInState(app.db, { demo: true, local: false, mail: true })).demo).toEqual([]);
});

test("who signs in to the demonstration, whose passwords are published, enters no other organisation, and keeps that password", async () => {
  const { org_id } = await createOrganization(app.db, { slug: "real", name: "Real", time_zone: "UTC" });
  for (const { email } of demoLogins) {
    const refused = { code: "CONFLICT", path: "email" };
    await expect(
      addMember(app.db, systemOf(org_id), { email: email.toUpperCase(), role: "owner" }),
    ).rejects.toMatchObject(refused);
    await expect(
      createOrganization(app.db, { slug: "real-2", name: "Real", time_zone: "UTC", owner_email: email }),
    ).rejects.toMatchObject(refused);
    await expect(makePasswordLink(app.db, systemOf(org_id), email)).rejects.toMatchObject(refused);
  }
  expect((await database.pool.query("select from auth.organizations where slug = 'real-2'")).rowCount).toBe(0);
});
