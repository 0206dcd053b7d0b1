import { setTimeout as sleep } from "node:timers/promises";
import type { Backfill, BackfillChange } from "@twin/contracts/backfills";
import type { Actor } from "@twin/db/tenancy/actor";
import { cancelBackfill } from "@twin/db/figures/backfills/cancel";
import { getBackfill, isAtWork } from "@twin/db/figures/backfills/progress";
import { runBackfillChunk } from "@twin/db/figures/backfills/run-chunk";
import type { Database } from "@twin/db/postgres/connect";
import { readBacklog } from "@twin/db/jobs/wait";
import { clock } from "../import/progress.ts";
import type { Output } from "../output.ts";
import { count } from "@twin/wording/format";

const barWidth = 24;

/** The line that a terminal shows of a backfill. */
export function backfillBar({ days_done, days_total, rate, eta_seconds }: Backfill): string {
  const fraction = days_total === 0 ? 1 : days_done / days_total;
  const full = Math.round(fraction * barWidth);
  const blocks = "█".repeat(full) + "░".repeat(barWidth - full);
  const pace = rate === null ? "–" : count(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate));
  const eta = eta_seconds === null ? "–" : clock(eta_seconds);
  return `${blocks} ${count(days_done)}/${count(days_total)} days  ${pace}/s  ETA ${eta}`;
}

/** A line of a diff, like `2026-03-02 total_messages 999 -> 4`. */
export function lineOfChange({ day, table, column, rows, before, after }: BackfillChange): string {
  const name = table === "daily_metrics" ? column : `${table}.${column}`;
  const told = (value: BackfillChange["before"]) => (value === null ? "none" : JSON.stringify(value));
  return `${day} ${name}${rows > 1 ? ` (${rows} rows)` : ""} ${told(before)} -> ${told(after)}`;
}

/**
 * Shows the progress of a backfill until it has ended: a bar on a terminal, a line of NDJSON for each step elsewhere. Where
 * no worker runs, the work is done here. The signal stops it after the current days.
 * @returns the backfill as it ended
 */
export async function followBackfill(
  db: Database,
  actor: Actor,
  begun: Backfill,
  { org, out, signal }: { org: string; out: Output; signal: AbortSignal },
): Promise<Backfill> {
  const isTerminal = process.stderr.isTTY && !out.json;
  let shown = "";
  const show = (backfill: Backfill) => {
    const state = `${backfill.status} ${backfill.days_done}`;
    if (state === shown) return;
    shown = state;
    if (isTerminal)
      process.stderr.write(
        `\r\u001b[2K${`${org}  ${backfillBar(backfill)}`.slice(0, (process.stderr.columns ?? 80) - 1)}`,
      );
    else out.event({ event: "progress", org, ...backfill });
  };
  let backfill = begun;
  show(backfill);
  while (isAtWork(backfill)) {
    if (signal.aborted) {
      await cancelBackfill(db, actor, { id: begun.id });
    } else if ((await readBacklog(db)).workers === 0) {
      const { status } = await runBackfillChunk(db, actor, begun.id, { now: new Date(), alone: true });
      if (status === "busy") await sleep(250);
    } else await sleep(200, undefined, { signal }).catch(() => {});
    backfill = await getBackfill(db, actor, { id: begun.id });
    show(backfill);
  }
  if (isTerminal) process.stderr.write("\n");
  return backfill;
}
