import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, useApplication } from "../../test/ingesting.ts";
import type { Actor } from "../tenancy/actor.ts";
import { rollupOrganization, takeMarks } from "./rollup.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);

test("a month that is filled before autovacuum comes has statistics before its figures are computed, and once", async () => {
  const sender = await makeSender(application.db);
  const system: Actor = systemOf(sender.org_id);
  const now = new Date("2017-08-20T12:00:00Z");
  const old = { created_at: "2017-07-01T00:00:00Z" };
  await database.pool.query("update organizations set history_from = '2017-01-01' where id = $1", [sender.org_id]);
  await sender.send(
    people.map((one) => ({ ...one, ...old })),
    { now },
  );
  const talk = (i: number) => ({
    type: "activity",
    external_id: `a${i}`,
    user: i % 2 ? "u1" : "u2",
    twin: "t1",
    activity_type: "query",
    started_at: new Date(Date.parse("2017-08-03T00:00:00Z") + i * 60_000).toISOString(),
    platform: "web",
    query: { query_text: "where is the plan", query_type: "factual", results_count: 1 },
  });
  for (const from of [0, 1_000, 2_000]) {
    const records = Array.from({ length: 1_000 }, (_, i) => talk(from + i));
    expect((await sender.send(records, { now })).rejected).toEqual([]);
  }
  const statisticsOf = async (table: string) =>
    (
      await database.pool.query<{ rows: number; times: number }>(
        `select c.reltuples::int as rows, s.analyze_count::int as times from pg_class c join pg_stat_user_tables s on s.relid = c.oid
         where c.relname = $1`,
        [table],
      )
    ).rows[0];
  await database.pool.query("alter table activities_2017_08 set (autovacuum_enabled = off)");
  expect(await statisticsOf("activities_2017_08")).toEqual({ rows: -1, times: 0 });

  await rollupOrganization(application.db, system, { now });
  expect(await statisticsOf("activities_2017_08")).toEqual({ rows: 3_000, times: 1 });

  await sender.send([talk(3_000)], { now });
  await rollupOrganization(application.db, system, { now });
  expect(await statisticsOf("activities_2017_08")).toEqual({ rows: 3_000, times: 1 });
});

test("marks are taken in one reading of the log, also by a plan from when it was empty", async () => {
  const { org_id } = await makeSender(application.db);
  const client = await database.pool.connect();
  try {
    await client.query("delete from ops.dirty_log");
    await client.query("vacuum (analyze) ops.dirty_log");
    await client.query(`set plan_cache_mode = force_generic_plan; prepare take as ${takeMarks}`);
    await client.query(`execute take(${org_id}, 3000, 9000)`);
    await client.query(
      "insert into ops.dirty_log (org_id, day, n, received_at) select $1, date '2026-03-02', n, now() from generate_series(1, 3000) n",
      [org_id],
    );
    await client.query("begin");
    const { rows } = await client.query<{ "QUERY PLAN": [{ Plan: { "Shared Hit Blocks": number } }] }>(
      `explain (analyze, buffers, format json) execute take(${org_id}, 3000, 9000)`,
    );
    const pages = rows[0]!["QUERY PLAN"][0].Plan["Shared Hit Blocks"];
    expect((await client.query("select from ops.dirty_log")).rowCount).toBe(0);
    await client.query("rollback");
    // To find and to delete a row takes a look at its page each.
    expect(pages).toBeLessThan(5 * 3_000);
  } finally {
    client.release(true);
  }
});
