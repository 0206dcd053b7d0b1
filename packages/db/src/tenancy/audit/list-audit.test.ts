import { expect, test } from "vitest";
import { systemOf } from "../../../test/actors.ts";
import { useDatabase } from "../../../test/database.ts";
import { memoryHeads } from "../../../test/heads.ts";
import { makeSender, people, useApplication } from "../../../test/ingesting.ts";
import { type Actor, inTenant } from "../actor.ts";
import type { AuditAction } from "@twin/contracts/audit";
import { listAudit, readAuditState } from "./list-audit.ts";
import { recordAudit } from "./record.ts";
import { sealAudit } from "./seal.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-05T09:00:00.000Z");

const memberOf = (org_id: number, name: string): Actor => ({
  kind: "member",
  org_id,
  account_id: `id of ${name}`,
  name,
  role: "owner",
  permissions: [],
  request_id: "asked",
  ip: "192.0.2.17",
});

async function organization() {
  const sender = await makeSender(app.db);
  const { org_id } = sender;
  const by = memberOf(org_id, "Olga");
  const write = (action: AuditAction, actor: Actor, object?: [string, string]) =>
    inTenant(app.db, actor, (tx) =>
      recordAudit(tx, { action, ...(object && { object_type: object[0], object_id: object[1] }) }),
    );
  const list = (input: Partial<Parameters<typeof listAudit>[2]>) => listAudit(app.db, by, { limit: 50, ...input });
  return { ...sender, by, write, list };
}

test("rows are found by who, what, of what and when, newest first, of one's own organisation alone", async () => {
  const { org_id, by, write, list, send } = await organization();
  const other = await organization();
  await send(people, { now });
  const { rows } = await database.pool.query("select id, full_name from users where org_id = $1 and n = 1", [org_id]);
  const [{ id: person, full_name }] = rows;
  await write("user.export", by, ["user", person]);
  await write("key.create", memberOf(org_id, "Ada"), ["api_key", "k1"]);
  await write("lifecycle.start", systemOf(org_id));
  await other.write("user.export", other.by, ["user", person]);

  const actions = async (input: Parameters<typeof list>[0]) => (await list(input)).rows.map(({ action }) => action);
  expect((await actions({})).slice(0, 3)).toEqual(["lifecycle.start", "key.create", "user.export"]);
  expect(await actions({ actor: "id of Ada" })).toEqual(["key.create"]);
  expect(await actions({ action: ["user.export", "key.create"] })).toEqual(["key.create", "user.export"]);
  expect(await actions({ object: person })).toEqual(["user.export"]);
  expect(await actions({ start_date: "2000-01-01", end_date: "2000-01-02" })).toEqual([]);
  const today = new Date().toISOString().slice(0, 10);
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
  expect(
    (await actions({ start_date: today < tomorrow ? today : tomorrow, end_date: tomorrow })).length,
  ).toBeGreaterThan(0);
  expect((await list({ object: person })).rows[0]).toMatchObject({
    actor_kind: "member",
    actor_name: "Olga",
    object_type: "user",
    object_name: full_name,
    network: "192.0.2.0/24",
    request_id: "asked",
    sealed: false,
  });
});

test("pages meet without a gap, towards older rows and back", async () => {
  const { by, write, list } = await organization();
  for (let row = 0; row < 7; row++) await write("lifecycle.start", by);
  const all = (await list({ actor: "id of Olga" })).rows.map(({ id }) => id);
  expect(all).toHaveLength(7);
  const asked = { actor: "id of Olga", limit: 3 };
  const first = await list(asked);
  const second = await list({ ...asked, before: first.older! });
  const third = await list({ ...asked, before: second.older! });
  expect([first, second, third].flatMap(({ rows }) => rows.map(({ id }) => id))).toEqual(all);
  expect(first.newer).toBeNull();
  expect(third.older).toBeNull();
  const back = await list({ ...asked, after: third.newer! });
  expect(back.rows).toEqual(second.rows);
  const top = await list({ ...asked, after: back.newer! });
  expect(top.rows).toEqual(first.rows);
  expect(top.newer).toBeNull();
  expect(top.older).toBe(first.older);
});

test("the state counts every row once, those that wait for their seal too", async () => {
  const { org_id, by, write } = await organization();
  await write("lifecycle.start", by);
  const before = await readAuditState(app.db, by);
  expect(before).toMatchObject({ seals: 0, sealed_rows: 0, sealed_at: null, check: null });
  await sealAudit(app.db, systemOf(org_id), { now, heads: memoryHeads() });
  await write("lifecycle.start", memberOf(org_id, "Ada"));
  const after = await readAuditState(app.db, by);
  expect(after).toMatchObject({ rows: before.rows + 1, seals: 1, sealed_rows: before.rows });
  expect(after.actors).toEqual(expect.arrayContaining([{ id: "id of Ada", name: "Ada" }]));
});
