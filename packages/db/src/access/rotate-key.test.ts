import { permissionsOf } from "@twin/contracts/vocabulary";
import { expect, test } from "vitest";
import { systemOf } from "../../test/actors.ts";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { connect } from "../postgres/connect.ts";
import type { Actor } from "../tenancy/actor.ts";
import { addMember } from "./accounts.ts";
import { createOrganization } from "./create-organization.ts";
import { createKey, listKeys, revokeKey, serviceOf } from "./keys.ts";
import { rotateKey } from "./rotate-key.ts";

const database = useDatabase();
const app = useApplication(database);
const began = Date.parse("2026-06-01T12:00:00Z");
const hour = (hours: number) => new Date(began + hours * 3_600_000);
const asks = { request_id: "r" };

/** An owner with an account, and a key of theirs. */
async function makeKey(slug: string, expires_at?: string) {
  const { org_id } = await createOrganization(app.db, { slug, name: slug, time_zone: "UTC" });
  const { account_id } = await addMember(app.db, systemOf(org_id), {
    email: `ada@${slug}.example`,
    full_name: "Ada",
    role: "owner",
  });
  const owner: Actor = {
    kind: "member",
    org_id,
    account_id,
    name: "Ada",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "r-1",
  };
  const input = { name: "Bridge", source: "crm", scopes: ["ingest.write" as const], expires_at };
  return { owner, made: await createKey(app.db, owner, input, hour(0)) };
}

/** How a use of a key ends at an hour. */
const use = (key: string, at: number) =>
  serviceOf(app.db, key, asks, hour(at)).then(
    ({ key_id }) => key_id,
    (error: { code: string; message: string }) => `${error.code}: ${error.message}`,
  );

test("a rotated key works on until its overlap is over, and the new one from the start", async () => {
  const { owner, made } = await makeKey("a");
  const next = await rotateKey(app.db, owner, { id: made.id, overlap_hours: 24 }, hour(1));
  expect(next).toMatchObject({ name: "Bridge", source: "crm", scopes: ["ingest.write"], replaces: made.id });
  expect(next).toMatchObject({ created_by: "Ada", expires_at: "2027-06-01T13:00:00.000Z", replaced_by: null });
  expect(next.replaced).toMatchObject({ id: made.id, expires_at: hour(25).toISOString(), replaced_by: next.id });
  expect(await use(next.key, 1)).toBe(next.id);
  expect(await use(made.key, 24.99)).toBe(made.id);
  expect(await use(made.key, 25)).toBe(
    `UNAUTHORIZED: this API key expired at ${hour(25).toISOString()}: it was rotated, send the key that has taken its place`,
  );
  expect(await use(next.key, 25)).toBe(next.id);
  expect((await serviceOf(app.db, next.key, asks, hour(25))).source).toBe("crm");
  const { keys } = await listKeys(app.db, owner);
  expect(JSON.stringify(keys)).not.toContain(next.key);
  const { rows } = await database.pool.query(
    "select object_id, actor_name, details from audit_log where org_id = $1 and action = 'key.rotate'",
    [owner.org_id],
  );
  const details = { replaced_by: next.id, overlap_hours: 24, expires_at: next.expires_at };
  expect(rows).toEqual([{ object_id: made.id, actor_name: "Ada", details }]);
});

test("no overlap makes a key longer than it was made for", async () => {
  const { owner, made } = await makeKey("b", hour(2).toISOString());
  const { replaced } = await rotateKey(app.db, owner, { id: made.id, overlap_hours: 168 }, hour(1));
  expect(replaced.expires_at).toBe(hour(2).toISOString());
});

test("without an overlap the old key is refused at once, also where it was remembered", async () => {
  const { owner, made } = await makeKey("c");
  expect(await use(made.key, 0)).toBe(made.id);
  const next = await rotateKey(app.db, owner, { id: made.id, overlap_hours: 0 }, hour(0));
  expect(next.replaced).toMatchObject({ revoked_by: "Ada", revoked_at: expect.any(String) });
  expect(await use(made.key, 0)).toBe(
    "UNAUTHORIZED: this API key was revoked: it was rotated, send the key that has taken its place",
  );
  expect(await use(next.key, 0)).toBe(next.id);
});

test("no request fails while a client goes from the old secret to the new one, in any process", async () => {
  const { owner, made } = await makeKey("d");
  const other = connect(database.url, { max: 2 });
  try {
    const asking = async (key: string) => {
      for (let at = 0; at < 20; at++)
        for (const db of [app.db, other]) await serviceOf(db, key, asks, hour(1 + at / 10_000));
    };
    const [next] = await Promise.all([
      rotateKey(app.db, owner, { id: made.id, overlap_hours: 1 }, hour(1)),
      asking(made.key),
    ]);
    await Promise.all([asking(next.key), asking(made.key)]);
  } finally {
    await other.close();
  }
});

test("a key is rotated once, and only while it works", async () => {
  const { owner, made } = await makeKey("e");
  const rotate = (id: string, at = 1) => rotateKey(app.db, owner, { id, overlap_hours: 24 }, hour(at));
  const both = await Promise.allSettled([rotate(made.id), rotate(made.id)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
  const { keys } = await listKeys(app.db, owner);
  expect(keys).toHaveLength(2);
  const next = keys.find(({ replaces }) => replaces !== null)!;
  await expect(rotate(made.id)).rejects.toMatchObject({
    code: "CONFLICT",
    message: `${next.id} has taken the place of ${made.id} already: rotate that one`,
  });
  await expect(rotate(next.id, 366 * 24)).rejects.toMatchObject({ message: expect.stringContaining("has expired") });
  await revokeKey(app.db, owner, { id: next.id });
  await expect(rotate(next.id)).rejects.toMatchObject({ message: expect.stringContaining("source, crm") });
  await expect(rotate("unknown")).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("revoking a key ends those before it, too; revoking an old one leaves the new one", async () => {
  const { owner, made } = await makeKey("f");
  const now = new Date();
  const rotate = async (id: string) => (await rotateKey(app.db, owner, { id, overlap_hours: 168 }, now)).id;
  const second = await rotate(made.id);
  const third = await rotate(second);
  const alive = async () =>
    (await listKeys(app.db, owner)).keys.filter(({ revoked_at }) => revoked_at === null).map(({ id }) => id);
  expect(await revokeKey(app.db, owner, { id: made.id })).toMatchObject({ revoked_by: "Ada", replaced_by: second });
  expect((await alive()).toSorted()).toEqual([second, third].toSorted());
  await revokeKey(app.db, owner, { id: third });
  expect(await alive()).toEqual([]);
  const { rows } = await database.pool.query(
    "select object_id from audit_log where org_id = $1 and action = 'key.revoke' order by id",
    [owner.org_id],
  );
  expect(rows.map(({ object_id }) => object_id).toSorted()).toEqual([made.id, second, third].toSorted());
});

test("an operator's key that never ends is replaced by one that never ends, if an operator does it", async () => {
  const { owner } = await makeKey("g");
  const system = systemOf(owner.org_id);
  const input = { name: "k", source: "s", scopes: ["metrics.read" as const] };
  const { id } = await createKey(app.db, system, input, hour(0));
  const next = await rotateKey(app.db, system, { id, overlap_hours: 1 }, hour(0));
  expect(next.expires_at).toBeNull();
  const last = await rotateKey(app.db, owner, { id: next.id, overlap_hours: 1 }, hour(0));
  expect(last.expires_at).toBe("2027-06-01T12:00:00.000Z");
});
