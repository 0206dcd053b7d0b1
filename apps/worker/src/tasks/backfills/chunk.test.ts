import { memoryHeads } from "@twin/db/test/heads";
import { setTimeout as sleep } from "node:timers/promises";
import { getBackfill, isAtWork } from "@twin/db/figures/backfills/progress";
import { startBackfill } from "@twin/db/figures/backfills/start";
import { connectWorker } from "@twin/db/jobs/liveness";
import { differences, diffOf, makeBusyOrganization, now } from "@twin/db/test/backfilling";
import { useDatabase } from "@twin/db/test/database";
import { memoryLedger } from "@twin/db/test/erasing";
import { useApplication } from "@twin/db/test/ingesting";
import { pino } from "pino";
import { expect, test } from "vitest";
import { startPool } from "../../pool.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);

test("workers do a backfill chunk by chunk, each a run that the figures name", { timeout: 180_000 }, async () => {
  const { org_id } = await makeBusyOrganization(application.db, 4, "UTC");
  const actor = systemOf(org_id);
  await database.pool.query(
    "update daily_metrics set total_queries = 3 where org_id = $1 and metric_date = '2026-03-02'",
    [org_id],
  );
  const db = connectWorker(database.url, { max: 4 });
  const pool = await startPool({
    db,
    url: database.url,
    concurrency: 2,
    log: pino({ level: "silent" }),
    env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger: memoryLedger() },
  });
  try {
    // Three chunks, as none has more than 31 days.
    const { id } = await startBackfill(
      application.db,
      actor,
      { what: "metrics", from: "2026-01-01", to: "2026-03-20" },
      now,
    );
    const deadline = Date.now() + 40_000;
    while (isAtWork(await getBackfill(application.db, actor, { id })) && Date.now() < deadline) await sleep(100);
    expect(await getBackfill(application.db, actor, { id })).toMatchObject({
      status: "done",
      days_done: 79,
      changed: 1,
    });
    expect(await diffOf(application.db, org_id, id)).toEqual(["2026-03-02 daily_metrics.total_queries: 3 -> 0"]);
    const { rows } = await database.pool.query(
      `select c.chunk, r.task, d.metric_date::text as wrote from backfill_chunks c join job_runs r on r.org_id = c.org_id and r.id = c.job_run_id
       left join daily_metrics d on d.org_id = c.org_id and d.job_run_id = c.job_run_id where c.org_id = $1 order by c.chunk`,
      [org_id],
    );
    expect(rows).toEqual([
      { chunk: 1, task: "backfills/chunk", wrote: null },
      { chunk: 2, task: "backfills/chunk", wrote: "2026-03-02" },
      { chunk: 3, task: "backfills/chunk", wrote: null },
    ]);
    expect(await differences(application.db, org_id)).toEqual([]);
  } finally {
    await pool.stop();
    await db.close();
  }
});
