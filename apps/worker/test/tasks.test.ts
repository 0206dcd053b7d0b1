import { memoryHeads } from "@twin/db/test/heads";
import type { TaskName } from "@twin/contracts/tasks";
import { requestExport } from "@twin/db/privacy/exports/request";
import { getBackfill } from "@twin/db/figures/backfills/progress";
import { startBackfill } from "@twin/db/figures/backfills/start";
import { now as then, makeBusyOrganization } from "@twin/db/test/backfilling";
import { useDatabase } from "@twin/db/test/database";
import { askAtOnce, memoryLedger } from "@twin/db/test/erasing";
import { conversation, makeSender, people, type Sender, useApplication } from "@twin/db/test/ingesting";
import { pino } from "pino";
import { beforeEach, expect, test } from "vitest";
import { runTask } from "../src/task.ts";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const read = async (text: string, ...values: unknown[]) => (await database.pool.query(text, values)).rows;
const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000);

const runTaskOnce = (name: TaskName, payload: object, signal = new AbortController().signal) =>
  runTask(
    name,
    payload,
    { id: "1", key: null, attempts: 1, max_attempts: 5 },
    {
      db: application.db,
      signal,
      log: pino({ level: "silent" }),
      url: database.url,
      env: { demo: false, summary: null, mail: null, heads: memoryHeads(), ledger: memoryLedger() },
      reached: () => {},
      archive: null,
    },
  );
const jobs = (key: string) =>
  read("select key from graphile_worker._private_jobs where key = $1 and run_at > now() - interval '1 hour'", key);

/** In both of them it is later than 03:00 of a day that had no run yet. */
let both: [Sender, Sender];
beforeEach(async () => {
  const zone = new Date().getUTCHours() >= 4 ? "UTC" : "Asia/Tokyo";
  both = [await makeSender(application.db, zone), await makeSender(application.db, zone)];
  for (const { send } of both) await send([...people, conversation("a1")]);
  await read("delete from graphile_worker._private_jobs");
});
const personOf = async ({ org_id }: Sender): Promise<string> =>
  (await read("select id from users where org_id = $1 and n = 1", org_id))[0].id;

test("what comes by the clock has every organisation's turn", async () => {
  for (const sender of both) {
    const user_id = await personOf(sender);
    await requestExport(application.db, systemOf(sender.org_id), { user_id }, daysAgo(20));
    await read(
      `insert into restorations (org_id, month, status, asked_by, asked_at, restored_at, expires_at) values ($1, '2026-01-01', 'done', 't', $2, $2, $3)`,
      sender.org_id,
      daysAgo(40),
      daysAgo(1),
    );
  }
  await runTaskOnce("users/expire-exports", {});
  await runTaskOnce("archives/expire", {});
  await runTaskOnce("lifecycle/nightly", {});
  for (const { org_id } of both) {
    expect(await read("select status from exports where org_id = $1", org_id)).toEqual([{ status: "expired" }]);
    expect(await read("select status from restorations where org_id = $1", org_id)).toEqual([{ status: "dropping" }]);
    expect(await jobs(`restoration:${org_id}:2026-01`)).toHaveLength(1);
    expect(await jobs(`lifecycle:${org_id}`)).toHaveLength(1);
  }
});

test("a job whose worker stops isn't done: the queue has it done by another one", async () => {
  const [sender] = both;
  const { org_id } = sender;
  await askAtOnce(application.db, org_id, await personOf(sender), "sarah.chen@acme.example", new Date());
  const stopped = AbortSignal.abort();
  await expect(runTaskOnce("users/erase", { org_id }, stopped)).rejects.toThrow("the worker stops");
  await expect(runTaskOnce("lifecycle/apply", { org_id }, stopped)).rejects.toThrow("the worker stops");
  await runTaskOnce("users/erase", { org_id });
  expect(await read("select status from erasures where org_id = $1", org_id)).toEqual([{ status: "erased" }]);
});

test("a run that finds another one at work comes again", async () => {
  const [{ org_id }] = both;
  const other = await database.pool.connect();
  await other.query("begin");
  await other.query("select pg_advisory_xact_lock(hashtext('twin: lifecycle'), $1)", [org_id]);
  await runTaskOnce("lifecycle/apply", { org_id }).finally(() => other.query("rollback"));
  other.release();
  expect(await jobs(`lifecycle:${org_id}`)).toHaveLength(1);
});

test("a backfill fails with the reason where trying again is of no use, and goes on where the database was away", async () => {
  const { org_id } = await makeBusyOrganization(application.db, 2);
  await read("update daily_metrics set total_queries = 9 where org_id = $1", org_id);
  const range = { what: "metrics", from: "2026-03-01", to: "2026-03-02" } as const;
  const { id } = await startBackfill(application.db, systemOf(org_id), range, then);
  const failing = async (act: string) => {
    await read(
      `create or replace function fail() returns trigger language plpgsql security definer as $$ begin ${act}; return new; end $$`,
    );
    await read("create or replace trigger fail before update on daily_metrics for each row execute function fail()");
    await expect(runTaskOnce("backfills/chunk", { org_id, backfill_id: id })).rejects.toThrow();
    return getBackfill(application.db, systemOf(org_id), { id });
  };
  expect(await failing("perform pg_terminate_backend(pg_backend_pid())")).toMatchObject({
    status: "queued",
    error: null,
  });
  expect(await failing("raise 'out of luck'")).toMatchObject({
    status: "failed",
    error: expect.stringContaining("luck"),
  });
});
