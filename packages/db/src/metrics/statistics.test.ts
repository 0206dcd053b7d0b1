import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, people, useApplication } from "../../test/ingesting.ts";
import type { Actor } from "../actor.ts";
import { rollupOrganization } from "./rollup.ts";

const database = useDatabase();
const application = useApplication(database);

test("a month that is filled before autovacuum comes has statistics before its figures are computed, and once", async () => {
  const sender = await makeSender(application.db);
  const system: Actor = { kind: "system", org_id: sender.org_id, job: "test", request_id: "test" };
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
