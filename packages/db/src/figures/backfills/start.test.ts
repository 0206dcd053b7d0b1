import type { BackfillRange } from "@twin/contracts/backfills";
import { expect, test } from "vitest";
import { backfill, makeBusyOrganization, now, runToEnd } from "../../../test/backfilling.ts";
import { useDatabase } from "../../../test/database.ts";
import { useApplication } from "../../../test/ingesting.ts";
import { cancelBackfill } from "./cancel.ts";
import { listBackfills } from "./list.ts";
import { planBackfill } from "./plan.ts";
import { resumeBackfill } from "./resume.ts";
import { startBackfill } from "./start.ts";
import { systemOf } from "../../../test/actors.ts";

const database = useDatabase();
const application = useApplication(database);
const march: BackfillRange = { what: "metrics", from: "2026-03-01", to: "2026-03-31" };

test("the same range joins what is at work, one that overlaps is refused, others go side by side", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const start = (range: Partial<BackfillRange>) =>
    startBackfill(application.db, systemOf(org_id), { ...march, ...range }, now);
  const both = await Promise.all([start({}), start({})]);
  expect(both[0].id).toBe(both[1].id);
  const { id } = both[0];
  await expect(start({ from: "2026-03-31", to: "2026-04-02" })).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining(`backfill ${id} (metrics, 2026-03-01 to 2026-03-31) is at work`),
  });
  await expect(start({ what: "monthly" })).rejects.toMatchObject({ code: "CONFLICT" });
  const april = await start({ from: "2026-04-01", to: "2026-04-02" });
  expect(april.id).not.toBe(id);
  await cancelBackfill(application.db, systemOf(org_id), { id });
  const second = await start({ from: "2026-03-20" });
  await expect(resumeBackfill(application.db, systemOf(org_id), { id })).rejects.toMatchObject({
    code: "CONFLICT",
    message: expect.stringContaining(`backfill ${second.id}`),
  });
});

test.each([
  ["queued", true],
  ["running", true],
  ["failed", false],
  ["cancelled", false],
  ["done", false],
])("a backfill whose state is %s keeps another one from its days: %s", async (status, keeps) => {
  const { org_id } = await makeBusyOrganization(application.db);
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await database.pool.query("update backfills set status = $3 where org_id = $1 and id = $2", [org_id, id, status]);
  const other = startBackfill(application.db, systemOf(org_id), { ...march, from: "2026-03-31" }, now);
  if (keeps) await expect(other).rejects.toMatchObject({ code: "CONFLICT" });
  else expect(await other).toMatchObject({ status: "queued" });
});

test("sealed and future days are refused with the reason; a plan says so beforehand and changes nothing", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T23:00Z', sealed_before = '2026-03-04T23:00Z' where id = $1",
    [org_id],
  );
  const actor = systemOf(org_id);
  const plan = await planBackfill(application.db, actor, { ...march, to: "2026-04-20" }, now);
  expect(plan).toMatchObject({ days: 37, person_days: 16, raw_rows: 8 * 10, chunks: 2 });
  expect(plan.estimated_seconds).toBeGreaterThan(0);
  expect(plan.refused).toEqual([
    { from: "2026-03-01", to: "2026-03-04", reason: expect.stringContaining("sealed") },
    { from: "2026-04-11", to: "2026-04-20", reason: "in the future: today is 2026-04-10 in Europe/Berlin" },
  ]);
  expect((await listBackfills(application.db, actor)).backfills).toEqual([]);
  const start = (from: string, to: string) => startBackfill(application.db, actor, { what: "metrics", from, to }, now);
  await expect(start("2026-03-04", "2026-03-05")).rejects.toMatchObject({
    code: "CONFLICT",
    path: "from",
    message: expect.stringContaining("2026-03-04 to 2026-03-04 can't be computed anew: sealed"),
  });
  await expect(start("2026-03-05", "2026-04-11")).rejects.toMatchObject({
    code: "BAD_REQUEST",
    path: "to",
    message: expect.stringContaining("in the future"),
  });
  expect(
    await backfill(application.db, org_id, { what: "metrics", from: "2026-02-20", to: "2026-02-28" }),
  ).toMatchObject({ status: "done" });
});

test("days that are sealed after it has begun are left as they are, and counted", async () => {
  const { org_id } = await makeBusyOrganization(application.db);
  const { id } = await startBackfill(application.db, systemOf(org_id), march, now);
  await database.pool.query(
    "update organizations set sealed_from = '2026-02-28T23:00Z', sealed_before = '2026-03-04T23:00Z' where id = $1",
    [org_id],
  );
  await database.pool.query("update daily_metrics set total_queries = 5 where org_id = $1", [org_id]);
  expect(await runToEnd(application.db, org_id, id)).toMatchObject({ status: "done", days_skipped: 4 });
  const { rows } = await database.pool.query(
    "select metric_date::text as day from daily_metrics where org_id = $1 and total_queries = 5 and metric_date >= '2026-03-01' order by 1",
    [org_id],
  );
  expect(rows.map(({ day }) => day)).toEqual(["2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04"]);
});
