import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { connect, type Database } from "../postgres/connect.ts";
import { createOrganization } from "./create-organization.ts";
import { findOrganization, listOrganizations } from "../tenancy/organizations/find.ts";

const database = useDatabase();
let db: Database;
beforeAll(() => {
  db = connect(database.url);
});
afterAll(() => db.close());

const acme = { slug: "acme", name: "Acme Corp", time_zone: "Europe/Berlin" };

test("an organisation is found by its slug and has a counter for its people", async () => {
  const { org_id } = await createOrganization(db, acme);
  expect(await findOrganization(db, "acme")).toEqual({ org_id, slug: "acme", name: "Acme Corp", is_demo: false });
  const { rows } = await database.pool.query(
    "select time_zone, last_user_n from organizations join org_counters on org_id = id where id = $1",
    [org_id],
  );
  expect(rows).toEqual([{ time_zone: "Europe/Berlin", last_user_n: 0 }]);
  await expect(createOrganization(db, acme)).rejects.toMatchObject({ code: "CONFLICT", path: "slug" });
});

test("of two that want one slug at once, one gets it", async () => {
  const both = await Promise.allSettled([
    createOrganization(db, { ...acme, slug: "twice" }),
    createOrganization(db, { ...acme, slug: "twice" }),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const lost = both.find((result) => result.status === "rejected");
  expect(lost?.reason).toMatchObject({ code: "CONFLICT" });
});

test("organisations are listed by slug", async () => {
  await createOrganization(db, { ...acme, slug: "zeta", is_demo: true });
  const slugs = (await listOrganizations(db)).map(({ slug }) => slug);
  expect(slugs).toEqual([...slugs].sort());
  expect(await findOrganization(db, "zeta")).toMatchObject({ is_demo: true });
  expect(await findOrganization(db, "nobody")).toBeNull();
});

test.each(["", "Acme", "a b", "ä", "a".repeat(41), "a/b"])("the slug %j is refused", async (slug) => {
  await expect(createOrganization(db, { ...acme, slug })).rejects.toMatchObject({ code: "BAD_REQUEST", path: "slug" });
});

test.each(["", "Nowhere/Land", "CEST", "+02:00", "FOO5", "posixrules", "Factory", "posix/Europe/Berlin"])(
  "the zone %j is refused",
  async (time_zone) => {
    const creation = createOrganization(db, { ...acme, slug: "zoned", time_zone });
    await expect(creation).rejects.toMatchObject({ code: "BAD_REQUEST", path: "time_zone" });
    expect(await findOrganization(db, "zoned")).toBeNull();
  },
);

test("its owner keeps the account that they have, or gets one without a password", async () => {
  await database.pool.query(
    `insert into auth.accounts (id, email, email_key, full_name, password_hash)
     values (gen_random_uuid(), 'Olivia@acme.example', 'olivia@acme.example', 'Olivia', 'hash')`,
  );
  await createOrganization(db, { ...acme, slug: "owned", owner_email: "olivia@ACME.example" });
  await createOrganization(db, { ...acme, slug: "owned-too", owner_email: "who@acme.example" });
  const { rows } = await database.pool.query(
    `select o.slug, a.email, m.role, a.password_hash is null as is_new from auth.memberships m
     join auth.accounts a on a.id = m.account_id join auth.organizations o on o.id = m.org_id order by o.slug`,
  );
  expect(rows).toEqual([
    { slug: "owned", email: "Olivia@acme.example", role: "owner", is_new: false },
    { slug: "owned-too", email: "who@acme.example", role: "owner", is_new: true },
  ]);
});
