import { expect, test } from "vitest";
import { systemOf } from "../../test/actors.ts";
import { useDatabase } from "../../test/database.ts";
import { conversation, makeSender, people, type Sender, useApplication } from "../../test/ingesting.ts";
import { enqueueJob, enqueueMissed } from "../jobs/enqueue.ts";
import { rollupOrganization } from "./rollup.ts";

const database = useDatabase();
const app = useApplication(database);
const now = new Date("2026-03-10T12:00:00Z");

type Job = { id: string; key: string; run_at: Date; updated_at: Date; attempts: number };
const jobsOf = async ({ org_id }: Sender): Promise<Job[]> =>
  (
    await database.pool.query<Job>(
      "select id, key, run_at, updated_at, attempts from graphile_worker._private_jobs where key = $1",
      [`rollup:${org_id}`],
    )
  ).rows;
const change = (set: string, { org_id }: Sender) =>
  database.pool.query(`update graphile_worker._private_jobs set ${set} where key = $1`, [`rollup:${org_id}`]);
const marksOf = async ({ org_id }: Sender): Promise<number> =>
  (await database.pool.query("select from ops.dirty_log where org_id = $1", [org_id])).rowCount!;
const figuresAt = async ({ org_id }: Sender): Promise<number> =>
  (
    await database.pool.query("select figures_at from organizations where id = $1", [org_id])
  ).rows[0].figures_at.getTime();

test("while a rollup waits or runs, more records leave the queue alone", async () => {
  const sender = await makeSender(app.db);
  await sender.send([...people, conversation("a1")], { now });
  const waiting = await jobsOf(sender);
  expect(waiting).toHaveLength(1);
  await sender.send([conversation("a2")], { now });
  expect(await jobsOf(sender)).toEqual(waiting);
  await change("locked_at = now(), locked_by = 'another'", sender);
  await sender.send([conversation("a3")], { now });
  expect((await jobsOf(sender)).map(({ id }) => id)).toEqual(waiting.map(({ id }) => id));
});

test("marks that a rollup missed as it ended get one of their own, once", async () => {
  const sender = await makeSender(app.db);
  const other = await makeSender(app.db);
  await sender.send([...people, conversation()], { now });
  await other.send([...people, conversation()], { now });
  await database.pool.query("delete from graphile_worker._private_jobs where key = $1", [`rollup:${sender.org_id}`]);
  expect(await enqueueMissed(app.db)).toBe(1);
  expect(await jobsOf(sender)).toHaveLength(1);
  expect(await enqueueMissed(app.db)).toBe(0);
});

test("a rollup that was given up begins again with the next record, and not by itself", async () => {
  const sender = await makeSender(app.db);
  await sender.send([...people, conversation("a1")], { now });
  await change("attempts = max_attempts", sender);
  await enqueueMissed(app.db);
  expect((await jobsOf(sender))[0]!.attempts).toBeGreaterThan(0);
  await sender.send([conversation("a2")], { now });
  expect((await jobsOf(sender)).map(({ attempts }) => attempts)).toEqual([0]);
});

test("while records come, figures are computed once a second at most", async () => {
  const sender = await makeSender(app.db);
  const live = () => rollupOrganization(app.db, systemOf(sender.org_id), { now, live: true, wait: false });
  await sender.send([...people, conversation("a1")], { now });
  await live();
  await database.pool.query("delete from graphile_worker._private_jobs");
  const first = await figuresAt(sender);
  await sender.send([conversation("a2")], { now });
  await database.pool.query("update graphile_worker._private_jobs set locked_at = now()");
  expect(await live()).toMatchObject({ status: "done", chunks: 1 });
  expect((await figuresAt(sender)) - first).toBeGreaterThanOrEqual(1_000);
});

test("a rollup of a moment ago lets other jobs that wait go first, and keeps its marks", async () => {
  const sender = await makeSender(app.db);
  const actor = systemOf(sender.org_id);
  const live = () => rollupOrganization(app.db, actor, { now, live: true, wait: false });
  await sender.send([...people, conversation("a1")], { now });
  await database.pool.query("delete from graphile_worker._private_jobs");
  await live();
  await sender.send([conversation("a2")], { now });
  await enqueueJob(app.db, actor, "twins/follow-owners", { org_id: sender.org_id });
  const marks = await marksOf(sender);
  expect(await live()).toMatchObject({ status: "stopped", chunks: 0 });
  expect(await marksOf(sender)).toBe(marks);
});

test("a person's day is computed once for all that came of it, however much that is", async () => {
  const sender = await makeSender(app.db);
  await sender.send(people, { now });
  await database.pool.query(
    `insert into ops.dirty_log (org_id, day, n, received_at)
      select $1, date '2026-03-01' + i % 7, i % 700, now() from generate_series(1, 20000) i`,
    [sender.org_id],
  );
  const outcome = await rollupOrganization(app.db, systemOf(sender.org_id), { now });
  expect(outcome).toMatchObject({ status: "done", chunks: 1 });
  expect(outcome.person_days).toBeLessThan(1_000);
});

test("of more than one transaction computes, the newest days come first, and of a day what was marked first", async () => {
  const sender = await makeSender(app.db);
  await sender.send(people, { now });
  await database.pool.query("delete from ops.dirty_log");
  await database.pool.query(
    `insert into ops.dirty_log (org_id, day, n, received_at)
      select $1, day, n, now() from (values (date '2026-03-01'), ('2026-03-03')) d (day), generate_series(3000, 1, -1) n`,
    [sender.org_id],
  );
  const outcome = await rollupOrganization(app.db, systemOf(sender.org_id), { now, chunks: 1 });
  expect(outcome.status).toBe("stopped");
  const { rows } = await database.pool.query(
    "select day::text, count(*)::int, max(n) from ops.dirty_log where org_id = $1 group by 1",
    [sender.org_id],
  );
  expect(rows).toEqual([{ day: "2026-03-01", count: 2_000, max: 2_000 }]);
});
