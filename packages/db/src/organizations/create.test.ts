import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { connect, type Database } from "../connect.ts";
import { createOrganization } from "./create.ts";
import { findOrganization, listOrganizations } from "./find.ts";

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

test("its owner is an account that exists; an unknown one leaves no organisation", async () => {
  const stranger = createOrganization(db, { ...acme, slug: "owned", owner_email: "who@acme.example" });
  await expect(stranger).rejects.toMatchObject({ code: "NOT_FOUND", path: "owner_email" });
  expect(await findOrganization(db, "owned")).toBeNull();

  await database.pool.query(
    `insert into auth.accounts (id, email, email_key, full_name)
     values (gen_random_uuid(), 'Olivia@acme.example', 'olivia@acme.example', 'Olivia')`,
  );
  const { org_id } = await createOrganization(db, { ...acme, slug: "owned", owner_email: "olivia@ACME.example" });
  const { rows } = await database.pool.query("select role from auth.memberships where org_id = $1", [org_id]);
  expect(rows).toEqual([{ role: "owner" }]);
});
