import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../src/postgres/migrate.ts";
import { useDatabase } from "./database.ts";
import { makeOrganization, makePerson, makeSession } from "./rows.ts";

const database = useDatabase({ empty: true });
const all = fileURLToPath(new URL("../migrations/", import.meta.url));
let folder: string;

const addFiles = async (isAdded: (name: string) => boolean): Promise<void> => {
  for (const name of (await readdir(all)).filter(isAdded)) await cp(join(all, name), join(folder, name));
  await migrate(database.url, { folder: pathToFileURL(`${folder}/`) });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "twin-migrations-"));
  await addFiles((name) => name < "0175");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("who came in an hour that was counted on no day is marked on both beside it, and a seal stays around what it held", async () => {
  const { pool } = database;
  const [old, sealed, elsewhere] = [
    await makeOrganization(pool, "old", "America/St_Johns"),
    await makeOrganization(pool, "sealed", "America/St_Johns"),
    await makeOrganization(pool, "elsewhere", "Europe/Berlin"),
  ];
  for (const org_id of [old, sealed, elsewhere]) {
    const [ann, ben] = [await makePerson(pool, org_id), await makePerson(pool, org_id)];
    await pool.query("select ensure_month('2010-11-01')");
    await makeSession(pool, ann, "2010-11-07T03:10:00Z");
    await makeSession(pool, ben, "2010-11-07T12:00:00Z");
    await pool.query("insert into daily_metrics (org_id, metric_date) values ($1, '2010-11-06')", [org_id]);
  }
  await pool.query(
    `update organizations set sealed_from = '2010-11-01T02:30Z', sealed_before = '2010-11-07T02:30Z' where id = $1`,
    [sealed],
  );
  await addFiles(() => true);
  const { rows: marks } = await pool.query(
    "select org_id, day::text, n from ops.dirty_log where org_id = any ($1) order by 1, 2, 3",
    [[old, elsewhere]],
  );
  expect(marks).toEqual(
    ["2010-11-06", "2010-11-07"].flatMap((day) => [
      { org_id: old, day, n: 1 },
      { org_id: old, day, n: null },
    ]),
  );
  const { rows } = await pool.query(
    `select sealed_from, sealed_before, is_sealed('2010-11-06', o) as held, is_sealed('2010-11-07', o) as next
     from organizations o where id = $1`,
    [sealed],
  );
  expect(rows).toEqual([
    {
      sealed_from: new Date("2010-11-01T02:30:00Z"),
      sealed_before: new Date("2010-11-07T03:30:00Z"),
      held: true,
      next: false,
    },
  ]);
});
