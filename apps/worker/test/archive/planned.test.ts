import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addDays } from "@twin/contracts/calendar";
import { askErasure } from "@twin/db/privacy/erasures/ask";
import { forecastLifecycle } from "@twin/db/lifecycle/forecast";
import { planLifecycle } from "@twin/db/lifecycle/plan";
import { runLifecycle } from "@twin/db/lifecycle/run";
import { listRuns } from "@twin/db/lifecycle/runs";
import { readStorage } from "@twin/db/lifecycle/storage";
import { useDatabase } from "@twin/db/test/database";
import { deliver, delivery, isSettled } from "@twin/db/test/figures/deliver";
import { afterAll as endOf, history } from "@twin/db/test/figures/history";
import { useApplication } from "@twin/db/test/ingesting";
import { hold, keep } from "@twin/db/test/lifecycle";
import type { Summarise } from "@twin/db/archives/summaries/conversation";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { folderBlobs } from "@twin/integrations/parquet/folder";
import { systemOf } from "@twin/db/test/actors";

const database = useDatabase();
const application = useApplication(database);
const folder = mkdtempSync(join(tmpdir(), "twin-planned-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const archive = archiveIn(folderBlobs(folder));
const summarise: Summarise = ({ turns }) => Promise.resolve({ text: `${turns.length} turns`, model: null });

const scenario = fc.record({
  /** Days that each kind is kept; messages never longer than activities. */
  sessions: fc.integer({ min: 1, max: 40 }),
  messages: fc.integer({ min: 1, max: 40 }),
  activities: fc.integer({ min: 1, max: 40 }),
  /** Whole days after the history's end at which there is a run: some of it may be too young, or not final. */
  runs: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
  held: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 3 }),
  leaves: fc.option(fc.integer({ min: 0, max: 2 }), { freq: 2 }),
});

test(
  "a run takes what its plan said, table by table, and forecast and storage tell the same rows",
  { timeout: 240_000 },
  async () => {
    const { db } = application;
    let gone = 0;
    await fc.assert(
      fc.asyncProperty(
        history.filter(isSettled),
        delivery,
        scenario,
        async (h, how, { held, leaves, runs, ...kept }) => {
          const org_id = await deliver(db, h, how);
          const actor = systemOf(org_id);
          for (const type of ["sessions", "messages", "activities"] as const)
            await keep(database.pool, org_id, type, kept[type]);
          if (held !== null) await hold(database.pool, org_id, `person${held}@history.example`);
          if (leaves !== null) {
            const email = `person${leaves}@history.example`;
            const [user] = (
              await database.pool.query("select id from users where org_id = $1 and email = $2", [org_id, email])
            ).rows;
            await askErasure(
              db,
              actor,
              { user_id: user.id, email, reason: "left_company", immediately: false },
              endOf(h),
            );
          }
          let now = endOf(h);
          for (const days of runs) {
            now = new Date(`${addDays(now.toISOString().slice(0, 10), days)}T12:00:00Z`);
            const next = await planLifecycle(db, actor, { at: "next_run" }, now);
            const forecast = await forecastLifecycle(db, actor, {}, now);
            const sum = (of: (going: (typeof next.steps)[number]["going"]) => number) =>
              next.steps.reduce((total, { going }) => total + of(going), 0);
            expect(forecast.next_run).toEqual({ rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) });
            const { lanes } = await readStorage(db, actor, {}, now);
            const goes = lanes.flatMap(({ months }) => months).reduce((total, month) => total + month.goes, 0);
            const tables = forecast.entries
              .filter(({ data_type }) => data_type !== "deleted_users")
              .flatMap(({ going }) => Object.entries(going.tables))
              .filter(([table]) => table !== "feature_events");
            expect(tables.reduce((total, [, rows]) => total + rows, 0)).toBe(goes);

            const last = (await listRuns(db, actor, { limit: 1 })).runs[0]?.id ?? 0;
            const { steps } = await planLifecycle(db, actor, { at: "now" }, now);
            await runLifecycle(db, actor, { now, archive, summarise });
            const reports = (await listRuns(db, actor, { limit: 50 })).runs.filter(({ id }) => id > last);
            for (const { data_type, going } of steps) {
              if (data_type === "deleted_users") continue;
              const report = reports.find((run) => run.data_type === data_type);
              expect([data_type, report?.tables ?? {}]).toEqual([data_type, going.tables]);
              gone += going.rows;
            }
          }
        },
      ),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 8), interruptAfterTimeLimit: 200_000, endOnFailure: true },
    );
    expect(gone).toBeGreaterThan(0);
  },
);
