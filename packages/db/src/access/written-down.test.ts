import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { createOrganization } from "./create-organization.ts";
import { setViewerTitles } from "../tenancy/organizations/set-viewer-titles.ts";
import { addMember } from "./accounts.ts";
import { createOwner } from "./create-owner.ts";
import { createKey, revokeKey } from "./keys.ts";
import { rotateKey } from "./rotate-key.ts";
import { makePasswordLink, setPassword } from "./links.ts";
import { signIn, signOut, signOutEverywhere } from "./sign-in.ts";
import { type Member, memberOf, selectOrganization } from "./viewer.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);
const request = { request_id: "request-1" };
const browser = { ...request, ip: "192.0.2.1", wait: async () => {} };
const password = "a long password";
const key = { name: "k", source: "s", scopes: ["metrics.read" as const] };
const zone = { name: "Made", time_zone: "UTC" };

let home: number;
let ann: Member;
let token: string;
beforeAll(async () => {
  const owner = { email: "ann@home.example", password, full_name: "Ann", timezone: "UTC" };
  const made = await createOwner(
    app.db,
    { ...owner, organization_name: "Home", slug: "home" },
    { ...browser, local: true },
  );
  token = made.token;
  ann = (await memberOf(app.db, token, request))!;
  home = ann.org_id;
  const { org_id } = await createOrganization(app.db, { ...zone, slug: "second" });
  await addMember(app.db, systemOf(org_id), { email: owner.email, role: "viewer" });
});

/** What a door changes, by its name; each is one act, written down in one row or more. */
const doors: Record<string, () => Promise<unknown>> = {
  "key.create": () => createKey(app.db, ann, key, new Date()),
  "key.rotate": async () => {
    const { rows } = await database.pool.query("select id from auth.api_keys limit 1");
    return rotateKey(app.db, ann, { id: rows[0].id, overlap_hours: 1 }, new Date());
  },
  "key.revoke": async () => {
    const { rows } = await database.pool.query("select id from auth.api_keys limit 1");
    return revokeKey(app.db, ann, { id: rows[0].id });
  },
  "member.set": () => addMember(app.db, systemOf(home), { email: "new@home.example", role: "analyst" }),
  "member.set of an owner": () =>
    createOrganization(app.db, { ...zone, slug: "third", owner_email: "ann@home.example" }),
  "session.begin": () => signIn(app.db, { email: "ann@home.example", password }, browser),
  "session.switch": () => selectOrganization(app.db, ann, { slug: "second" }, token),
  "organization.create": () => createOrganization(app.db, { ...zone, slug: "fourth" }),
  "account.make_password_link": async () => {
    link = await makePasswordLink(app.db, systemOf(home), "new@home.example");
  },
  "account.set_password": () => setPassword(app.db, { token: link, password: "another long password" }, browser),
  "organization.set_viewer_titles": () => setViewerTitles(app.db, ann, { viewer_titles: true }),
  "session.end": () => signOut(app.db, ann, token),
  "session.end_all": () => signOutEverywhere(app.db, ann),
};
let link = "";

/** Everything that a door could have changed, but for counts of tries, and links that were made before it. */
const stored = async () => {
  const { rows: tables } = await database.pool.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind = 'r' and (relnamespace = 'auth'::regnamespace or relname in ('organizations', 'org_counters', 'audit_log'))
       and relname not in ('rate_limits', 'links') order by 1`,
  );
  const state: Record<string, unknown[]> = {};
  for (const { name } of tables)
    state[name] = (await database.pool.query(`select * from ${name} t order by t::text`)).rows;
  return state;
};

test("what can't be written down isn't done, at any door", async () => {
  for (const [name, door] of Object.entries(doors)) {
    await database.pool.query("alter table audit_log add constraint refused check (false) not valid");
    const before = await stored();
    await expect(door(), name).rejects.toThrow(/"refused"/);
    expect(await stored(), name).toEqual(before);
    await database.pool.query("alter table audit_log drop constraint refused");
    await door();
    const written = (await stored())["audit_log"]!.length - before["audit_log"]!.length;
    expect(written, name).toBeGreaterThan(0);
  }
});

test("who came in, where and for what is written down in the organisation that it was in", async () => {
  const { rows } = await database.pool.query(
    `select o.slug, a.action, a.actor_kind, a.actor_name, a.request_id, host(a.ip) as ip from audit_log a
     join auth.organizations o on o.id = a.org_id order by a.id`,
  );
  const by = { actor_kind: "member", actor_name: "Ann", request_id: "request-1" };
  const made = { action: "organization.create", actor_kind: "system", actor_name: "organizations/create" };
  expect(rows.slice(0, 3)).toEqual([
    { slug: "home", ...made, request_id: "organizations/create", ip: null },
    { slug: "home", action: "member.set", ...by, ip: "192.0.2.1" },
    { slug: "home", action: "session.begin", ...by, ip: "192.0.2.1" },
  ]);
  expect(rows).toContainEqual({ slug: "second", action: "session.switch", ...by, ip: null });
  const done = [...new Set(rows.map(({ action }) => action as string))].sort();
  expect(done).toEqual([...new Set(Object.keys(doors).map((name) => name.split(" ")[0]!))].sort());
});

test("who already is what they should be in an organisation is written down no second time", async () => {
  const count = async () => (await database.pool.query("select from audit_log")).rowCount;
  const before = await count();
  await addMember(app.db, systemOf(home), { email: "new@home.example", role: "analyst" });
  expect(await count()).toBe(before);
  await addMember(app.db, systemOf(home), { email: "new@home.example", role: "admin" });
  expect(await count()).toBe(before! + 1);
});

test("the first owner is made with everything that is theirs, or not at all", async () => {
  await database.pool.query("truncate auth.accounts, auth.organizations cascade");
  await database.pool.query("alter table audit_log add constraint refused check (false) not valid");
  const before = await stored();
  const input = { email: "a@b.example", password, full_name: "A", organization_name: "A", slug: "a", timezone: "UTC" };
  const visitor = { ...browser, local: true };
  await expect(createOwner(app.db, input, visitor)).rejects.toThrow(/"refused"/);
  expect(await stored()).toEqual(before);
  await database.pool.query("alter table audit_log drop constraint refused");
  for (const wrong of [{ timezone: "Mars/Base" }, { organization_name: " " }])
    await expect(createOwner(app.db, { ...input, ...wrong }, visitor)).rejects.toMatchObject({ code: "BAD_REQUEST" });
  expect(await stored()).toEqual(before);
});
