import { afterAll, beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { connect, type Database } from "../postgres/connect.ts";
import { enqueueJob } from "./enqueue.ts";
import { cancelJob, listJobs, readJob, retryJob } from "./queued.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
let db: Database;
beforeAll(() => {
  db = connect(database.url);
});
afterAll(() => db.close());

const actor = systemOf(0);
const set = (text: string, id: number) =>
  database.pool.query(`update graphile_worker._private_jobs set ${text} where id = $1`, [id]);

const written = async (org_id: number) =>
  (await database.pool.query("select action, object_id from audit_log where org_id = $1", [org_id])).rows;

async function queue(org_id: number): Promise<number> {
  await enqueueJob(db, actor, "metrics/rollup", { org_id }, { key: `queued:${org_id}` });
  return (await listJobs(db, actor)).find((job) => job.job_key === `queued:${org_id}`)!.id;
}

test("a job that waits is listed with its task and organisation", async () => {
  const id = await queue(1);
  expect(await readJob(db, actor, id)).toMatchObject({
    id,
    task: "metrics/rollup",
    org_id: 1,
    state: "waiting",
    attempts: 0,
  });
});

test("a job that was given up is due again with all its attempts", async () => {
  const id = await queue(2);
  await set("attempts = max_attempts, last_error = 'boom'", id);
  expect(await readJob(db, actor, id)).toMatchObject({ state: "failed", last_error: "boom" });
  await retryJob(db, actor, id);
  expect(await readJob(db, actor, id)).toMatchObject({ state: "waiting", attempts: 0 });
  expect(await written(2)).toEqual([{ action: "job.retry", object_id: String(id) }]);
});

test("a cancelled job leaves the queue, and a second cancel says so", async () => {
  const id = await queue(3);
  await cancelJob(db, actor, id);
  await expect(cancelJob(db, actor, id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await written(3)).toEqual([{ action: "job.cancel", object_id: String(id) }]);
});

test("an organisation's actor sees and changes jobs of its own alone", async () => {
  const id = await queue(5);
  expect(await listJobs(db, systemOf(6))).toEqual([]);
  await expect(cancelJob(db, systemOf(6), id)).rejects.toMatchObject({ code: "NOT_FOUND" });
  expect(await cancelJob(db, systemOf(5), id)).toMatchObject({ id });
});

test("a job that runs is left to its worker", async () => {
  const id = await queue(4);
  await set("locked_at = now(), locked_by = 'someone'", id);
  expect(await readJob(db, actor, id)).toMatchObject({ state: "running" });
  await expect(cancelJob(db, actor, id)).rejects.toMatchObject({ code: "CONFLICT" });
  await expect(retryJob(db, actor, id)).rejects.toMatchObject({ code: "CONFLICT" });
  expect(await written(4)).toEqual([]);
});
