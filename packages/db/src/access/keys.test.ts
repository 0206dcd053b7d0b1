import { permissionsOf } from "@twin/contracts/vocabulary";
import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { systemOf } from "../../test/actors.ts";
import type { Actor } from "../tenancy/actor.ts";
import { createOrganization } from "./create-organization.ts";
import { createKey, listKeys, revokeKey, serviceOf } from "./keys.ts";
import { rotateKey } from "./rotate-key.ts";
import { memberOf } from "./viewer.ts";

const database = useDatabase();
const app = useApplication(database);
const request = { request_id: "test" };

async function makeOwner(slug: string): Promise<Actor> {
  const { org_id } = await createOrganization(app.db, { slug, name: slug, time_zone: "UTC" });
  const account_id = "00000000-0000-4000-8000-000000000001";
  return {
    kind: "member",
    org_id,
    account_id,
    name: "Owner",
    role: "owner",
    permissions: permissionsOf("owner"),
    request_id: "r-1",
  };
}

test("a key is shown once, stored as a hash, and stands for its organisation, source and scopes", async () => {
  const owner = await makeOwner("a");
  const made = await createKey(
    app.db,
    owner,
    {
      name: "Import",
      source: "crm",
      scopes: ["ingest.write", "metrics.read"],
    },
    new Date(),
  );
  const { rows } = await database.pool.query("select * from auth.api_keys");
  expect(JSON.stringify(rows)).not.toContain(made.key.split("_")[2]!.slice(0, 43));
  expect(JSON.stringify(await listKeys(app.db, owner))).not.toContain(made.key);
  expect(await serviceOf(app.db, made.key, request, new Date())).toEqual({
    kind: "service",
    org_id: owner.org_id,
    key_id: made.id,
    name: "Import",
    source: "crm",
    permissions: ["ingest.write", "metrics.read"],
    request_id: "test",
  });
  const audit = await database.pool.query(
    "select action, object_id, actor_name, request_id from audit_log where org_id = $1 and object_type = 'api_key'",
    [owner.org_id],
  );
  expect(audit.rows).toEqual([{ action: "key.create", object_id: made.id, actor_name: "Owner", request_id: "r-1" }]);
});

test("a revoked, an expired and a guessed key stand for nobody", async () => {
  const owner = await makeOwner("b");
  const { key, id } = await createKey(app.db, owner, { name: "k", source: "s", scopes: ["metrics.read"] }, new Date());
  const revoked = await revokeKey(app.db, owner, { id });
  expect(revoked.revoked_at).not.toBeNull();
  expect((await revokeKey(app.db, owner, { id })).revoked_at).toBe(revoked.revoked_at);
  await expect(serviceOf(app.db, key, request, new Date())).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: "this API key was revoked: ask an owner or an administrator of the organisation for another",
  });

  const ending = { name: "k", source: "s", scopes: ["metrics.read" as const], expires_at: "2026-06-01T00:00:00Z" };
  const soon = await createKey(app.db, owner, ending, new Date("2026-05-01T00:00:00Z"));
  const at = (time: string) => serviceOf(app.db, soon.key, request, new Date(time));
  await expect(at("2026-05-31T23:59:59Z")).resolves.toMatchObject({ key_id: soon.id });
  await expect(at("2026-06-01T00:00:00Z")).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: expect.stringContaining("expired"),
  });

  const stranger = await createKey(app.db, owner, { name: "k", source: "s", scopes: ["metrics.read"] }, new Date());
  await database.pool.query("update auth.api_keys set secret_hash = '\\x00' where id = $1", [stranger.id]);
  for (const guess of ["", "x", "twin_a_b", stranger.key]) {
    await expect(serviceOf(app.db, guess, request, new Date())).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      message: "no such API key",
    });
  }
});

test("the use of a key is noted at most once a minute", async () => {
  const owner = await makeOwner("c");
  const { key, id } = await createKey(app.db, owner, { name: "k", source: "s", scopes: ["metrics.read"] }, new Date());
  const usedAt = async (time: string) => {
    await serviceOf(app.db, key, request, new Date(time));
    const { keys } = await listKeys(app.db, owner);
    return keys.find((one) => one.id === id)?.last_used_at;
  };
  expect(await usedAt("2026-06-01T00:00:00Z")).toBe("2026-06-01T00:00:00.000Z");
  expect(await usedAt("2026-06-01T00:00:59Z")).toBe("2026-06-01T00:00:00.000Z");
  expect(await usedAt("2026-06-01T00:01:05Z")).toBe("2026-06-01T00:01:05.000Z");
});

test("another organisation's key is neither listed nor revoked", async () => {
  const [mine, theirs] = [await makeOwner("d"), await makeOwner("e")];
  const { id, key } = await createKey(app.db, theirs, { name: "k", source: "s", scopes: ["metrics.read"] }, new Date());
  expect(await listKeys(app.db, mine)).toEqual({ keys: [] });
  await expect(revokeKey(app.db, mine, { id })).rejects.toMatchObject({ code: "NOT_FOUND" });
  await expect(serviceOf(app.db, key, request, new Date())).resolves.toMatchObject({ org_id: theirs.org_id });
});

test("a key that would end before it is made, or after longer than anyone keeps one, isn't made", async () => {
  const owner = await makeOwner("f");
  const now = new Date("2026-06-01T12:00:00Z");
  const make = (actor: Actor, expires_at?: string) =>
    createKey(app.db, actor, { name: "k", source: "s", scopes: ["metrics.read"], expires_at }, now);
  const never = ["2026-06-01T12:00:00Z", "2026-06-01T13:59:59+02:00", "1970-01-01T00:00:00Z", "2036-06-01T12:00:01Z"];
  for (const end of [...never, "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
    for (const actor of [owner, systemOf(owner.org_id)])
      await expect(make(actor, end), end).rejects.toMatchObject({ code: "BAD_REQUEST", path: "expires_at" });
  await expect(make(owner, "2028-06-01T12:00:01Z")).rejects.toMatchObject({
    message: "a key ends after now and within 2 years",
  });
  expect(await listKeys(app.db, owner)).toEqual({ keys: [] });
  for (const end of ["2026-06-01T12:00:01Z", "2026-06-01T14:00:01+02:00", "2028-06-01T12:00:00Z"])
    expect(Date.parse((await make(owner, end)).expires_at!)).toBe(Date.parse(end));
  expect((await make(systemOf(owner.org_id), "2036-06-01T12:00:00Z")).expires_at).toBe("2036-06-01T12:00:00.000Z");
  // Where nothing is said, a member's key ends after a year, and an operator's goes on.
  expect((await make(owner)).expires_at).toBe("2027-06-01T12:00:00.000Z");
  expect((await make(systemOf(owner.org_id))).expires_at).toBeNull();
});

test("nobody makes a key that may do what they may not do themselves", async () => {
  const owner = await makeOwner("g");
  const admin = { ...owner, permissions: ["keys.manage", "metrics.read"] } as Actor;
  const input = { name: "k", source: "s", scopes: ["metrics.read" as const, "people.read" as const] };
  const refusal = { code: "FORBIDDEN", path: "scopes", message: expect.stringContaining("people.read") };
  await expect(createKey(app.db, admin, input, new Date())).rejects.toMatchObject(refusal);
  const { id } = await createKey(app.db, owner, input, new Date());
  await expect(rotateKey(app.db, admin, { id, overlap_hours: 24 }, new Date())).rejects.toMatchObject(refusal);
  expect((await listKeys(app.db, owner)).keys.map((key) => [key.id, key.replaced_by])).toEqual([[id, null]]);
});

test("many requests of one session or key keep no other's from being recognised", async () => {
  const [greedy, other] = [await makeOwner("greedy"), await makeOwner("other")];
  const keyOf = async (owner: Actor) =>
    (await createKey(app.db, owner, { name: "k", source: "s", scopes: ["metrics.read"] }, new Date())).key;
  const [theirs, ours] = [await keyOf(greedy), await keyOf(other)];
  const order: string[] = [];
  const ask = async (who: string, recognised: Promise<unknown>) => {
    await recognised;
    order.push(who);
  };
  const asked = Array.from({ length: 60 }, (_, i) =>
    ask("greedy", i % 2 ? serviceOf(app.db, theirs, request, new Date()) : memberOf(app.db, "of nobody", request)),
  );
  await Promise.all([...asked, ask("other", serviceOf(app.db, ours, request, new Date()))]);
  expect(order.indexOf("other")).toBeLessThan(30);
});
