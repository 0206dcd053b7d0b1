import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { connect, type Database } from "./connect.ts";
import { readDiagnosis } from "./diagnosis.ts";

const database = useDatabase();
let db: Database;
beforeAll(() => {
  db = connect(database.url);
});
afterAll(() => db.close());

test("a migrated database has its roles, and partitions three months ahead", async () => {
  const { server_version, roles_missing, partitions_until } = await readDiagnosis(db);
  expect(server_version).toMatch(/^\d+/);
  expect(roles_missing).toEqual([]);
  const today = new Date();
  const ahead = new Date(Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + 3, 1)).toISOString().slice(0, 10);
  expect(partitions_until! >= ahead).toBe(true);
});
