import { connect, type Database } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { findOrganization } from "@twin/db/tenancy/organizations/find";
import { useDatabase } from "@twin/db/test/database";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoSlug, ensureDemo } from "./ensure.ts";
import { trickleDemo } from "./fill.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
let db: Database;
beforeAll(async () => {
  db = connect(database.url);
  await unlockKeys(db, { key: Buffer.alloc(32, 7).toString("base64") });
});
afterAll(() => db.close());

test("the demonstration is made once, with its sign-ins and one job that fills it", async () => {
  await Promise.all([ensureDemo(db), ensureDemo(db)]);
  await ensureDemo(db);
  const demo = await findOrganization(db, demoSlug);
  expect(demo).toMatchObject({ name: "Acme Corp", is_demo: true });
  const { rows } = await database.pool.query(
    `select (select count(*)::int from graphile_worker.jobs where task_identifier = 'demo/fill') as jobs,
       (select array_agg(role order by role) from auth.memberships where org_id = $1) as roles`,
    [demo!.org_id],
  );
  expect(rows).toEqual([{ jobs: 1, roles: ["analyst", "owner", "viewer"] }]);
});

test("nothing trickles in before it is filled", async () => {
  const { org_id } = (await findOrganization(db, demoSlug))!;
  const actor = systemOf(org_id);
  expect(await trickleDemo(db, actor, new Date())).toBe(0);
});
