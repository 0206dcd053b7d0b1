import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { migrate } from "../src/postgres/migrate.ts";
import { mintId } from "../src/postgres/uuid-time.ts";
import { useDatabase } from "./database.ts";
import { makeActivity, makeOrganization, makePerson } from "./rows.ts";

const database = useDatabase({ empty: true });
const all = fileURLToPath(new URL("../migrations/", import.meta.url));
let folder: string;

const addFiles = async (isAdded: (name: string) => boolean): Promise<void> => {
  for (const name of (await readdir(all)).filter(isAdded)) await cp(join(all, name), join(folder, name));
  await migrate(database.url, { folder: pathToFileURL(`${folder}/`) });
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "twin-migrations-"));
  await addFiles((name) => name < "0060");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("organisations from before there were sums and a reach have theirs after the migration", async () => {
  const { pool } = database;
  const orgs = [
    await makeOrganization(pool, "near"),
    await makeOrganization(pool, "far"),
    await makeOrganization(pool, "empty"),
  ];
  await pool.query("update organizations set reach_days = 36500");
  for (const [index, org_id] of orgs.slice(0, 2).entries()) {
    const [ann, ben] = [await makePerson(pool, org_id), await makePerson(pool, org_id)];
    const started_at = new Date().toISOString();
    const conversation = await makeActivity(pool, ann, started_at);
    const at = new Date(Date.parse(started_at) + index * 3 * 86_400_000);
    await pool.query(
      `insert into messages (org_id, conversation_id, id, user_id, sender_type, created_at) values ($1, $2, $3, $4, 'user', $5)`,
      [org_id, conversation, mintId(at, "m"), ann.user_id, at],
    );
    await pool.query(
      `insert into user_days (org_id, day, n, twin_id, platform, conversations, queries, sessions) values
       ($1, '2026-03-30', 1, $2, 'web', 2, 5, 1), ($1, '2026-03-30', 2, $2, 'web', 1, 1, 1), ($1, '2026-03-31', 1, $2, 'slack', 4, 0, 1),
       ($1, '2026-04-01', 1, $2, 'web', $4, 0, 1), ($1, '2026-04-01', 1, $3, 'web', 0, 0, 3)`,
      [org_id, ann.twin_id, ben.twin_id, 7 + index],
    );
    await pool.query(
      `insert into feature_usage (org_id, usage_date, n, feature_name, usage_count, last_used_at) values
       ($1, '2026-03-30', 1, 'handoff', 2, now()), ($1, '2026-03-30', 2, 'handoff', 3, now()), ($1, '2026-03-31', 2, 'handoff', $2, now())`,
      [org_id, index + 1],
    );
  }
  await pool.query(
    `insert into day_users (org_id, kind, day, lane, bits)
     select o, kind, day::date, 0, set_bit(repeat('0', 2048)::bit(2048), n, 1) from unnest($1::int[]) o cross join (values
       ('active', '2026-03-30', 1), ('active', '2026-03-31', 2), ('active', '2026-04-05', 4), ('active', '2026-04-06', 5), ('first', '2026-03-31', 6)
     ) b (kind, day, n)`,
    [orgs.slice(0, 2)],
  );
  await addFiles((name) => name >= "0060");

  const ask = async (text: string) => (await pool.query({ text, rowMode: "array" })).rows;
  const [near, far] = orgs;
  expect(
    await ask(
      "select org_id, day::text, platform, conversations, queries, sessions from platform_days order by 1, 2, 3",
    ),
  ).toEqual(
    [near, far].flatMap((org_id, index) => [
      [org_id, "2026-03-30", "web", 3, 6, 2],
      [org_id, "2026-03-31", "slack", 4, 0, 1],
      [org_id, "2026-04-01", "web", 7 + index, 0, 4],
    ]),
  );
  expect(await ask("select org_id, day::text, feature_name, usage_count from feature_days order by 1, 2")).toEqual(
    [near, far].flatMap((org_id, index) => [
      [org_id, "2026-03-30", "handoff", 5],
      [org_id, "2026-03-31", "handoff", index + 1],
    ]),
  );
  expect(
    await ask(
      "select m.org_id, t.name, m.month::text, m.activities from twin_months m join twins t on t.org_id = m.org_id and t.id = m.twin_id order by 1, 3",
    ),
  ).toEqual(
    [near, far].flatMap((org_id, index) => [
      [org_id, "person 1's Twin", "2026-03-01", 7],
      [org_id, "person 1's Twin", "2026-04-01", 7 + index],
    ]),
  );
  expect(
    await ask(
      `select p.org_id, period, start_date::text, array_agg(n order by n) from active_periods p, generate_series(0, 9) n
       where get_bit(bits, n) = 1 group by 1, 2, 3 order by 1, 2 desc, 3`,
    ),
  ).toEqual(
    [near, far].flatMap((org_id) => [
      [org_id, "week", "2026-03-30", [1, 2, 4]],
      [org_id, "week", "2026-04-06", [5]],
      [org_id, "month", "2026-03-01", [1, 2]],
      [org_id, "month", "2026-04-01", [4, 5]],
    ]),
  );
  expect(await ask("select reach_days from organizations order by id")).toEqual([[1], [7], [1]]);
});
