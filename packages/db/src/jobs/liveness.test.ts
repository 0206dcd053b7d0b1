import { expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { holdLiveness } from "./liveness.ts";

const database = useDatabase();

const enqueue = () => database.pool.query(`select enqueue_job('metrics/rollup', '{"org_id":1}', 'rollup:1')`);
const dieOver = () =>
  database.pool.query(
    "update graphile_worker._private_jobs set locked_by = 'dead', locked_at = now() - interval '5 seconds', attempts = 1 where locked_at is null",
  );
const jobs = async () =>
  (await database.pool.query("select key, attempts, locked_by from graphile_worker._private_jobs order by id")).rows;

test("a dead worker's job is given back, and one that another follows is forgotten", async () => {
  await enqueue();
  await dieOver();
  await enqueue();
  expect(await jobs()).toEqual([
    { key: null, attempts: 25, locked_by: "dead" },
    { key: "rollup:1", attempts: 0, locked_by: null },
  ]);
  await database.pool.query("select release_dead_jobs()");
  expect(await jobs()).toEqual([{ key: "rollup:1", attempts: 0, locked_by: null }]);

  await dieOver();
  await database.pool.query("select release_dead_jobs()");
  expect(await jobs()).toEqual([{ key: "rollup:1", attempts: 1, locked_by: null }]);
});

test("a worker takes its sign of life again when the connection breaks, and just ends it when it stops", async () => {
  const told: boolean[] = [];
  const again = Promise.withResolvers<void>();
  const liveness = await holdLiveness(database.url, "some pool", (held) => {
    told.push(held);
    if (told.length === 3) again.resolve();
  });
  await database.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'twin worker is alive'",
  );
  await again.promise;
  await liveness.stop();
  expect(told).toEqual([true, false, true]);
});
