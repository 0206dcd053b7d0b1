import type { Backfill, BackfillRange } from "@twin/contracts/backfills";
import type pg from "pg";
import { diffBackfill } from "../src/figures/backfills/diff.ts";
import { getBackfill, isAtWork } from "../src/figures/backfills/progress.ts";
import { runBackfillChunk } from "../src/figures/backfills/run-chunk.ts";
import { startBackfill } from "../src/figures/backfills/start.ts";
import type { Database } from "../src/postgres/connect.ts";
import { rollupOrganization } from "../src/figures/rollup.ts";
import { verifyOrganization } from "../src/figures/verify.ts";
import { conversation, makeSender, people, type Sender } from "./ingesting.ts";
import type { Difference } from "../src/figures/compare.ts";
import { systemOf } from "./actors.ts";

/** When the tests of backfills happen. */
export const now = new Date("2026-04-10T12:00:00Z");

/** An organisation with `days` days of two conversations each, from 1 March 2026, its figures up to date. */
export async function makeBusyOrganization(db: Database, days = 12, zone = "Europe/Berlin"): Promise<Sender> {
  const sender = await makeSender(db, zone);
  const records = Array.from({ length: days }, (_, index) => {
    const day = String(index + 1).padStart(2, "0");
    return [
      conversation(`a${index}`, `2026-03-${day}T10:00:00.000Z`),
      { ...conversation(`b${index}`, `2026-03-${day}T15:00:00.000Z`), user: "u2" },
      { type: "feature", user: "u1", feature_name: "calendar_lookup", used_at: `2026-03-${day}T10:30:00Z` },
    ];
  }).flat();
  const { rejected } = await sender.send([...people, ...records], { now });
  if (rejected.length > 0) throw new Error(JSON.stringify(rejected));
  await rollupOrganization(db, systemOf(sender.org_id), { now });
  return sender;
}

/** Runs a backfill's chunks one after the other, as the queue would. */
export async function runToEnd(db: Database, org_id: number, id: number, at: Date = now): Promise<Backfill> {
  const actor = systemOf(org_id);
  while (isAtWork(await getBackfill(db, actor, { id }))) await runBackfillChunk(db, actor, id, { now: at });
  return getBackfill(db, actor, { id });
}

/** Starts a backfill and runs it. */
export async function backfill(db: Database, org_id: number, input: BackfillRange): Promise<Backfill> {
  const { id } = await startBackfill(db, systemOf(org_id), input, now);
  return runToEnd(db, org_id, id);
}

/** The diff as text: `day table.column: before -> after`. */
export async function diffOf(db: Database, org_id: number, id: number): Promise<string[]> {
  const { changes } = await diffBackfill(db, systemOf(org_id), { id, limit: 10_000 });
  return changes.map(
    ({ day, table, column, before, after }) =>
      `${day} ${table}.${column}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`,
  );
}

/** What verify finds. */
export async function differences(db: Database, org_id: number, at: Date = now): Promise<Difference[]> {
  const found: Difference[] = [];
  for await (const difference of verifyOrganization(db, systemOf(org_id), { now: at })) found.push(difference);
  return found;
}

const bookkeeping = ["org_id", "created_at", "updated_at", "job_run_id", "last_record_at", "last_calculated_at"];

/** Every stored figure of an organisation, as a line a row, without the columns that say when it was written. */
export async function dumpFigures(pool: pg.Pool, org_id: number): Promise<string[]> {
  const tables = [
    "daily_metrics",
    "user_days",
    "feature_usage",
    "activity_hours",
    "platform_days",
    "feature_days",
    "twin_months",
    "day_users",
    "active_periods",
    "user_retention",
    "monthly_user_stats",
  ];
  const { rows } = await pool.query<{ line: string }>(
    tables
      .map(
        (table) => `select '${table} ' || (to_jsonb(t) - $2::text[])::text as line from ${table} t where org_id = $1`,
      )
      .join(" union all ") + " order by line",
    [org_id, bookkeeping],
  );
  return rows.map(({ line }) => line);
}
