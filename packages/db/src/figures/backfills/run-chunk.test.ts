import type { BackfillRange } from "@twin/contracts/backfills";
import { expect, test } from "vitest";
import { differences, diffOf, dumpFigures, makeBusyOrganization, now, runToEnd } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { conversation, useApplication } from "../../../test/ingesting.ts";
import { inTenant } from "../../tenancy/actor.ts";
import { rollupOrganization } from "../rollup.ts";
import { cancelBackfill } from "./cancel.ts";
import { getBackfill, watchBackfill } from "./progress.ts";
import { resumeBackfill } from "./resume.ts";
import { failBackfill, runBackfillChunk } from "./run-chunk.ts";
import { startBackfill } from "./start.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const march: BackfillRange = { what: "metrics", from: "2026-03-01", to: "2026-03-31" };

/** Cuts a backfill that was begun into chunks of three days, so that a small one has many. */
async function cut(org_id: number, id: number): Promise<void> {
  await database.pool.query("delete from backfill_chunks where org_id = $1 and backfill_id = $2", [org_id, id]);
  await database.pool.query(
    `insert into backfill_chunks (org_id, backfill_id, chunk, from_day, to_day, raw_rows)
     select org_id, id, row_number() over (order by d), d, least(d::date + 2, to_day), 10 from backfills, generate_series(from_day, to_day, interval '3 days') d
     where org_id = $1 and id = $2`,
    [org_id, id],
  );
}

const figuresOf = (org_id: number) => dumpFigures(database.pool, org_id);

test("killed in the middle of a chunk, it goes on: the same figures, and the diff once", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const before = await figuresOf(org_id);
  await database.pool.query(
    "update daily_metrics set total_messages = 999 where org_id = $1 and metric_date >= '2026-03-01'",
    [org_id],
  );
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await cut(org_id, id);
  await runBackfillChunk(application.db, systemOf(org_id), id, { now });
  const half = await getBackfill(application.db, systemOf(org_id), { id });
  expect(half).toMatchObject({ status: "running", days_done: 1 });

  // The connection is cut once the figures are written and before the chunk is marked as done.
  const [day] = (
    await database.pool.query(
      "select max(from_day)::text as day from backfill_chunks where org_id = $1 and done_at is null and from_day < '2026-03-13'",
      [org_id],
    )
  ).rows;
  await database.pool.query(`create function cut_off() returns trigger language plpgsql as
    $$ begin if new.org_id = ${org_id} and new.metric_date = '${day.day}' then perform pg_terminate_backend(pg_backend_pid()); end if; return new; end $$`);
  await database.pool.query(
    "create trigger cut_off after update on daily_metrics for each row execute function cut_off()",
  );
  await expect(runToEnd(application.db, org_id, id)).rejects.toThrow();
  await database.pool.query("drop trigger cut_off on daily_metrics; drop function cut_off()");
  expect(
    (
      await database.pool.query("select total_messages from daily_metrics where org_id = $1 and metric_date = $2", [
        org_id,
        day.day,
      ])
    ).rows,
  ).toEqual([{ total_messages: 999 }]);

  const done = await runToEnd(application.db, org_id, id);
  expect(done).toMatchObject({ status: "done", days_done: 31 });
  expect(await figuresOf(org_id)).toEqual(before);
  const lines = await diffOf(application.db, org_id, id);
  expect(lines.filter((line) => line.includes("total_messages"))).toHaveLength(
    before.filter((line) => line.startsWith("daily_metrics") && line.includes("2026-03-")).length,
  );
  expect(new Set(lines).size).toBe(lines.length);
});

test("two runners of one backfill do each chunk once", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  await database.pool.query("update user_days set tokens = tokens + 1 where org_id = $1", [org_id]);
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await cut(org_id, id);
  const [one, two] = await Promise.all([runToEnd(application.db, org_id, id), runToEnd(application.db, org_id, id)]);
  expect(one).toMatchObject({ status: "done", days_done: 31 });
  expect(two!.changed).toBe(one!.changed);
  expect((await diffOf(application.db, org_id, id)).filter((line) => line.includes("user_days.tokens"))).toHaveLength(
    12,
  );
  expect(await differences(application.db, org_id)).toEqual([]);
});

test("cancelled between chunks it stands still, and resumed it ends; what has ended stays so", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const actor = systemOf(org_id);
  const { id } = await startBackfill(application.db, actor, march, now);
  await cut(org_id, id);
  await runBackfillChunk(application.db, actor, id, { now });
  expect(await cancelBackfill(application.db, actor, { id })).toMatchObject({
    status: "cancelled",
    days_done: 1,
    eta_seconds: null,
  });
  expect(await runBackfillChunk(application.db, actor, id, { now })).toMatchObject({ status: "ended" });
  expect(await getBackfill(application.db, actor, { id })).toMatchObject({ status: "cancelled", days_done: 1 });
  expect(await resumeBackfill(application.db, actor, { id })).toMatchObject({
    status: "queued",
    days_done: 1,
    finished_at: null,
  });
  expect(await runToEnd(application.db, org_id, id)).toMatchObject({ status: "done", days_done: 31 });
  expect(await cancelBackfill(application.db, actor, { id })).toMatchObject({ status: "done" });
  expect(await resumeBackfill(application.db, actor, { id })).toMatchObject({ status: "done" });
  const { rows } = await database.pool.query(
    "select action from audit_log where org_id = $1 and object_type = 'backfill' and object_id = $2 order by id",
    [org_id, String(id)],
  );
  expect(rows.map(({ action }) => action)).toEqual(["backfill.start", "backfill.cancel", "backfill.resume"]);
});

test("one that failed says why and goes on where it was once it is resumed; one that has ended doesn't fail any more", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const actor = systemOf(org_id);
  const { id } = await startBackfill(application.db, actor, march, now);
  await cut(org_id, id);
  await runBackfillChunk(application.db, actor, id, { now });
  const read = () => getBackfill(application.db, actor, { id });
  await failBackfill(application.db, actor, id, "the disk is full");
  expect(await read()).toMatchObject({ status: "failed", error: "the disk is full", days_done: 1 });
  expect(await runBackfillChunk(application.db, actor, id, { now })).toMatchObject({ status: "ended" });
  expect(await resumeBackfill(application.db, actor, { id })).toMatchObject({
    status: "queued",
    error: null,
    days_done: 1,
  });
  await cancelBackfill(application.db, actor, { id });
  await failBackfill(application.db, actor, id, "its job was lost");
  expect(await read()).toMatchObject({ status: "cancelled", error: null });
  await resumeBackfill(application.db, actor, { id });
  expect(await runToEnd(application.db, org_id, id)).toMatchObject({ status: "done", days_done: 31 });
  await failBackfill(application.db, actor, id, "its job was lost");
  expect(await read()).toMatchObject({ status: "done", error: null });
});

test("records that come in meanwhile are neither lost nor doubled", async () => {
  const sender = await makeBusyOrganization(application.db);
  const { org_id } = sender;
  await database.pool.query("update user_days set sessions = 9 where org_id = $1", [org_id]);
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await cut(org_id, id);
  const records = async () => {
    for (let index = 0; index < 20; index++) {
      await sender.send(
        [
          conversation(
            `late${index}`,
            `2026-03-${String(1 + (index % 12)).padStart(2, "0")}T${10 + (index % 8)}:20:00.000Z`,
          ),
        ],
        { now },
      );
    }
  };
  const live = async () => {
    for (let round = 0; round < 6; round++) await rollupOrganization(application.db, systemOf(org_id), { now });
  };
  await Promise.all([records(), live(), runToEnd(application.db, org_id, id)]);
  await rollupOrganization(application.db, systemOf(org_id), { now });
  expect(await differences(application.db, org_id)).toEqual([]);
  const { rows } = await database.pool.query(
    "select sum(total_conversations)::int as conversations from daily_metrics where org_id = $1",
    [org_id],
  );
  expect(rows).toEqual([{ conversations: 44 }]);
});

test("its progress is told at once and after each chunk, and the stream ends with it", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const actor = systemOf(org_id);
  const { id } = await startBackfill(application.db, actor, march, now);
  await cut(org_id, id);
  await database.pool.query("delete from backfill_chunks where org_id = $1 and from_day > '2026-03-07'", [org_id]);
  const seen: string[] = [];
  for await (const { status, days_done, days_total } of watchBackfill(
    application.db,
    actor,
    { id },
    AbortSignal.timeout(10_000),
  )) {
    seen.push(`${status} ${days_done}/${days_total}`);
    await runBackfillChunk(application.db, actor, id, { now });
  }
  expect(seen).toEqual(["queued 0/9", "running 3/9", "running 6/9", "done 9/9"]);
  await expect(
    watchBackfill(application.db, actor, { id: id + 99 }, AbortSignal.timeout(1_000)).next(),
  ).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("chunks are jobs behind all that is live, one a backfill, and wait while all places are taken", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await resumeBackfill(application.db, systemOf(org_id), { id });
  const jobs = () =>
    database.pool.query("select priority, payload from graphile_worker._private_jobs where key = $1", [
      `backfill:${org_id}:${id}`,
    ]);
  expect((await jobs()).rows).toEqual([{ priority: 10, payload: { org_id, backfill_id: id } }]);
  await inTenant(application.db, systemOf(org_id), async (tx) => {
    await tx.query({
      text: "select pg_advisory_xact_lock(hashtext('twin: backfill chunk'), place)::text from generate_series(1, 2) place",
    });
    expect(await runBackfillChunk(application.db, systemOf(org_id), id, { now })).toMatchObject({ status: "busy" });
  });
  expect(await getBackfill(application.db, systemOf(org_id), { id })).toMatchObject({ status: "queued", days_done: 0 });
  expect((await jobs()).rows).toHaveLength(1);
});
