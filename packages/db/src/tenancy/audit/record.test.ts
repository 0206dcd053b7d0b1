import { expect, test } from "vitest";
import { useDatabase } from "../../../test/database.ts";
import { makeSender, useApplication } from "../../../test/ingesting.ts";
import { type Actor, inAuth, inTenant } from "../actor.ts";
import { recordAudit } from "./record.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);

type Member = Extract<Actor, { kind: "member" }>;
const member = (org_id: number): Member => ({
  kind: "member",
  org_id,
  account_id: "00000000-0000-4000-8000-000000000001",
  name: String.raw`O'Hara "the \ boss"; set local app.org_id = '1'; -- ünï 🙂 $1 \u0041`,
  role: "owner",
  permissions: [],
  request_id: "request-1",
  ip: "2001:db8::1",
});
const rowsOf = async (org_id: number) =>
  (
    await database.pool.query(
      `select actor_kind, actor_id, actor_name, request_id, host(ip) as ip, at > now() - interval '1 minute' as is_now, action, details
       from audit_log where org_id = $1 and action <> 'organization.create' order by id`,
      [org_id],
    )
  ).rows;

test("a row says who acts in its transaction, for which organisation and when, whatever they are called", async () => {
  const { org_id } = await makeSender(app.db);
  const one = member(org_id);
  const key: Actor = { ...one, kind: "service", key_id: "key-1", name: "Import", source: "crm" };
  const job: Actor = { kind: "system", org_id, job: "lifecycle/apply", request_id: "job-1" };
  for (const actor of [one, key, job])
    await inTenant(app.db, actor, (tx) => recordAudit(tx, { action: "lifecycle.start", details: { by: actor.kind } }));
  const { account_id, name } = one;
  const done = { action: "lifecycle.start", request_id: "request-1", ip: "2001:db8::1", is_now: true };
  expect(await rowsOf(org_id)).toEqual([
    { ...done, actor_kind: "member", actor_id: account_id, actor_name: name, details: { by: "member" } },
    { ...done, actor_kind: "service", actor_id: "key-1", actor_name: "Import", details: { by: "service" } },
    {
      ...done,
      actor_kind: "system",
      actor_id: "lifecycle/apply",
      actor_name: "lifecycle/apply",
      request_id: "job-1",
      ip: null,
      details: { by: "system" },
    },
  ]);
});

test("no application role can write a row with another actor, time, organisation or place in the log", async () => {
  const { org_id } = await makeSender(app.db);
  const forged: Record<string, string> = {
    org_id: String(org_id),
    id: "1",
    at: "'2001-01-01Z'",
    actor_kind: "'system'",
    actor_id: "'somebody else'",
    actor_name: "'somebody else'",
    request_id: "'another'",
    ip: "'::1'",
  };
  for (const actor of [member(org_id), systemOf(org_id)])
    for (const [column, value] of Object.entries(forged)) {
      const text = `insert into audit_log (action, ${column}) values ('test.forged', ${value})`;
      const forgery = inTenant(app.db, actor, (tx) => tx.query({ text }));
      await expect(forgery, column).rejects.toThrow("permission denied for table audit_log");
    }
  const changes = ["update audit_log set reason = 'x'", "delete from audit_log", "truncate audit_log"];
  for (const text of changes)
    await expect(inTenant(app.db, member(org_id), (tx) => tx.query({ text }))).rejects.toThrow(/permission denied/);
  expect(await rowsOf(org_id)).toEqual([]);
});

test("where nobody is known to act nothing can be written down", async () => {
  const { org_id } = await makeSender(app.db);
  await expect(inAuth(app.db, (tx) => recordAudit(tx, { action: "lifecycle.start" }))).rejects.toThrow(
    /permission denied/,
  );
  const client = await database.pool.connect();
  await client.query(`begin; set local role twin_app; set local app.org_id = '${org_id}'`);
  const unsigned = client.query("insert into audit_log (action) values ('lifecycle.start')");
  await expect(unsigned).rejects.toThrow(/null value in column "actor_kind"/);
  await client.query("rollback");
  client.release();
});

test("who acted is not left behind on the connection", async () => {
  const { org_id } = await makeSender(app.db);
  await inTenant(app.db, member(org_id), (tx) => recordAudit(tx, { action: "lifecycle.start" }));
  const left = await Promise.all(
    Array.from({ length: 5 }, () => app.db.pool.query("select current_setting('app.actor', true) as actor")),
  );
  for (const { rows } of left) expect(rows[0].actor ?? "").toBe("");
});
