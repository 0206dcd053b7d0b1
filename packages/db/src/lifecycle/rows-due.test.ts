import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { useApplication } from "../../test/ingesting.ts";
import { keep } from "../../test/lifecycle.ts";
import { makeActivity, makeMessages, makeOrganization, makePerson, makeSession } from "../../test/rows.ts";
import { inTenant } from "../tenancy/actor.ts";
import { mintId } from "../postgres/uuid-time.ts";
import { addToReport } from "../policies/report.ts";
import { readForecast } from "./rows-due.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const now = new Date("2026-06-01T12:00:00Z");
const at = "2026-03-02T10:00:00.000Z";

/** Rows that coming runs take, by kind and table. */
async function rowsDue(org_id: number): Promise<Record<string, Record<string, number>>> {
  const all = await inTenant(application.db, systemOf(org_id), (tx) => readForecast(tx, now));
  const sums: Record<string, Record<string, number>> = {};
  for (const { data_type, going } of all.rowsByRun)
    for (const [table, rows] of Object.entries(going.tables)) {
      const of = (sums[data_type] ??= {});
      of[table] = (of[table] ?? 0) + rows;
    }
  return sums;
}

test("what is older than the policy and waits is counted in every table, but for what a held person has part in", async () => {
  const org_id = await makeOrganization(database.pool, "due");
  await database.pool.query("select ensure_month('2026-03-01')");
  for (const type of ["activities", "messages", "sessions"] as const) await keep(database.pool, org_id, type, 30);
  const [owner, guest] = [await makePerson(database.pool, org_id), await makePerson(database.pool, org_id)];
  const id = await makeActivity(database.pool, owner, at);
  await makeMessages(database.pool, owner, id, [1]);
  await makeMessages(database.pool, guest, id, [1]);
  await makeSession(database.pool, owner, at);
  const detail = [org_id, id, owner.user_id, at];
  for (const table of ["documents", "queries"])
    await database.pool.query(
      `insert into ${table} (org_id, activity_id, user_id, created_at) values ($1, $2, $3, $4)`,
      detail,
    );
  await database.pool.query(
    "insert into shared_twin_interactions (org_id, activity_id, accessing_user_id, created_at, twin_id) values ($1, $2, $3, $4, $5)",
    [...detail, guest.twin_id],
  );
  await database.pool.query(
    "insert into feature_events (org_id, id, user_id, feature_name, used_at) values ($1, $2, $3, 'calendar_lookup', $4)",
    [org_id, mintId(Date.parse(at), "f"), owner.user_id, at],
  );
  expect(await rowsDue(org_id)).toEqual({
    activities: {
      activities: 1,
      conversations: 1,
      documents: 1,
      queries: 1,
      shared_twin_interactions: 1,
      feature_events: 1,
    },
    messages: { messages: 2 },
    sessions: { sessions: 1 },
  });
  await database.pool.query(
    "insert into legal_holds (org_id, id, user_id, reason, placed_at, placed_by) values ($1, gen_random_uuid(), $2, 'r', now(), 't')",
    [org_id, guest.user_id],
  );
  expect(await rowsDue(org_id)).toEqual({ activities: { feature_events: 1 }, sessions: { sessions: 1 } });
});

test("a report adds up what each transaction of its run took", async () => {
  const org_id = await makeOrganization(database.pool, "reports");
  const add = (rows: Record<string, number>, details: object) =>
    inTenant(application.db, systemOf(org_id), (tx) =>
      addToReport(tx, "activities", at, { rows, bytes: 100, details: { ...details } }, now),
    );
  await add({ activities: 2, messages: 5 }, { summarised: 1, by_model: 0 });
  await add({ activities: 3, queries: 1 }, { summarised: 4 });
  const { rows } = await database.pool.query(
    "select row_counts, bytes::int, details, status from lifecycle_runs where org_id = $1",
    [org_id],
  );
  expect(rows).toEqual([
    {
      row_counts: { activities: 5, messages: 5, queries: 1 },
      bytes: 200,
      details: { summarised: 4, by_model: 0 },
      status: "running",
    },
  ]);
});
