import { beforeAll, expect, test } from "vitest";
import { useDatabase } from "../../test/database.ts";
import { makeSender, type Sender, useApplication } from "../../test/ingesting.ts";
import { type Actor, inAuth, inTenant } from "../tenancy/actor.ts";
import { systemOf } from "../../test/actors.ts";

const database = useDatabase();
const app = useApplication(database);
let a: Sender;
let b: Sender;
beforeAll(async () => {
  a = await makeSender(app.db);
  b = await makeSender(app.db);
});

const as = <R = unknown>(actor: Actor, text: string, values: unknown[] = []): Promise<R[]> =>
  inTenant(app.db, actor, (tx) => tx.query<R>({ text, values }));
const queue = (actor: Actor, task: string, payload: string, key: string | null = null) =>
  as(actor, "select enqueue_job($1, $2::json, $3)", [task, payload, key]);
const jobs = async () =>
  (
    await database.pool.query<{ job: string }>(
      "select t.identifier || ' ' || coalesce(j.key, '-') || ' ' || j.payload as job from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id order by j.id",
    )
  ).rows.map(({ job }) => job);
const refusal = {
  code: "42501",
  message: expect.stringMatching(/^organisation \d+ may not queue|^the key .* is none of/),
};

test("who acts for an organisation queues no job of another one, however its payload names it", async () => {
  await queue(b.actor, "users/erase", `{"org_id":${b.org_id}}`, `erase:${b.org_id}`);
  const before = await jobs();
  const foreign = [
    `{"org_id":${b.org_id}}`,
    `{"org_id":"${b.org_id}"}`,
    `{"org_id":${a.org_id},"org_id":${b.org_id}}`,
    `{"\\u006frg_id":${b.org_id}}`,
    `{"org_id":0}`,
    `{"org_id":${a.org_id}.0}`,
    `{"org_id":[${a.org_id}]}`,
  ];
  for (const actor of [a.actor, systemOf(a.org_id)])
    for (const payload of foreign)
      await expect(queue(actor, "users/erase", payload), payload).rejects.toMatchObject(refusal);
  expect(await jobs()).toEqual(before);
});

test("nor does its job take the place of another one's, or of the system's", async () => {
  const own = `{"org_id":${a.org_id}}`;
  const before = await jobs();
  const keys = [`erase:${b.org_id}`, `erase:${b.org_id}:${a.org_id}`, "refresh-views", `refresh-views:`, `x`, ""];
  for (const actor of [a.actor, systemOf(a.org_id)])
    for (const key of keys) await expect(queue(actor, "users/erase", own, key), key).rejects.toMatchObject(refusal);
  await expect(queue(systemOf(a.org_id), "metrics/refresh-views", "{}", `erase:${b.org_id}`)).rejects.toMatchObject(
    refusal,
  );
  expect(await jobs()).toEqual(before);
});

test("the API queues no job that is of no organisation", async () => {
  for (const payload of ["{}", "null", "[]", "1", `[{"org_id":${a.org_id}}]`, '{"org_id":null}'])
    await expect(queue(a.actor, "partitions/vacuum", payload), payload).rejects.toMatchObject(refusal);
  const nobody = database.pool.query(
    "begin; set local role twin_app; select enqueue_job('x', '{\"org_id\":1}'); commit",
  );
  await expect(nobody).rejects.toMatchObject({ code: "42501" });
  await database.pool.query("rollback");
});

test("what is one's own is queued, and the system and sign-in queue for everybody", async () => {
  const own = `{"org_id":${a.org_id}}`;
  await queue(a.actor, "own/app", own, `own:${a.org_id}`);
  await queue(a.actor, "own/app", own, `own:${a.org_id}:more`);
  await queue(a.actor, "own/app", own);
  await queue(systemOf(a.org_id), "own/worker", own, `worker:${a.org_id}`);
  await queue(systemOf(a.org_id), "own/worker", "{}", "refresh-views");
  await queue(systemOf(0), "own/system", `{"org_id":${b.org_id}}`, `system:${b.org_id}`);
  await queue(systemOf(0), "own/system", "{}");
  await inAuth(app.db, (tx) => tx.query({ text: `select enqueue_job('own/auth', '{"org_id":${b.org_id}}')` }));
  expect((await jobs()).filter((job) => job.startsWith("own/"))).toHaveLength(8);
});

test("who acts for an organisation sees, tries again and cancels no job of another one", async () => {
  const seen = (actor: Actor) => as<{ org_id: number }>(actor, "select org_id from queued_jobs()");
  expect(new Set((await seen(systemOf(a.org_id))).map(({ org_id }) => org_id))).toEqual(new Set([a.org_id]));
  expect((await seen(systemOf(0))).length).toBe((await jobs()).length);
  const { rows } = await database.pool.query<{ id: string }>(
    "select id from graphile_worker._private_jobs where payload ->> 'org_id' = $1",
    [String(b.org_id)],
  );
  for (const { id } of rows)
    for (const verb of ["retry_job", "cancel_job"])
      expect(await as(systemOf(a.org_id), `select ${verb}($1) as done`, [id])).toEqual([{ done: false }]);
  const before = await jobs();
  for (const other of [b.org_id, null])
    await expect(as(a.actor, "select * from queue_status($1)", [other])).rejects.toMatchObject({ code: "42501" });
  expect(await as(a.actor, "select queued > 0 as some from queue_status($1)", [a.org_id])).toEqual([{ some: true }]);
  expect(await jobs()).toEqual(before);
  expect(await as(systemOf(0), "select cancel_job($1) as done", [rows[0]!.id])).toEqual([{ done: true }]);
});
