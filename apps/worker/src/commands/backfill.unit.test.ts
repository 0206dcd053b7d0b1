import type { Backfill } from "@twin/contracts/backfills";
import { expect, test } from "vitest";
import { backfillBar, lineOfChange } from "./backfill/follow.ts";
import { backfill } from "./backfill.ts";
import { UsageError } from "./command.ts";
import { Output } from "./output.ts";
import { readCall } from "./read-call.ts";

const march = ["--from", "2026-03-01", "--to", "2026-03-31"];

test.each([
  [["everything", "--org", "acme", ...march], "one of metrics, retention, monthly"],
  [["--org", "acme", ...march], "backfill needs WHAT"],
  [["metrics", ...march], "--org SLUG or --all"],
  [["metrics", "--org", "acme", "--all", ...march], "--org SLUG or --all"],
  [["metrics", "--org", "acme", "--from", "2026-03-01"], "--to DAY"],
  [["metrics", "--org", "acme", "--from", "2026-03-01", "--to", "2026-02-30"], "--to must be a day as YYYY-MM-DD"],
  [
    ["metrics", "--org", "acme", "--from", "0001-01-01", "--to", "2026-02-28"],
    "--from must be a day from 1970 to 9998",
  ],
  [["metrics", "--org", "acme", "--from", "2026-03-02", "--to", "2026-03-01"], "--from must not be after --to"],
  [["--org", "acme", "--resume", "0"], "--resume must be the number of a backfill"],
  [["--all", "--resume", "3"], "--resume needs --org SLUG"],
  [["--org", "acme", "--resume", "3", "--dry-run"], "--dry-run has nothing to show"],
])("backfill %j is refused before anything is done", (words, message) => {
  const run = () => backfill.run(readCall(backfill, ["backfill", ...words], new Output(false)));
  expect(run).toThrow(UsageError);
  expect(run).toThrow(message);
});

const begun: Backfill = {
  id: 7,
  what: "metrics",
  from: "2025-01-01",
  to: "2026-11-21",
  status: "running",
  started_by: "Olivia",
  created_at: "2026-11-22T10:00:00.000Z",
  finished_at: null,
  days_total: 690,
  days_done: 0,
  days_skipped: 0,
  rate: null,
  eta_seconds: null,
  changed: 0,
  error: null,
};

test("the bar shows days, pace and the time that is left", () => {
  expect(backfillBar(begun)).toBe("░░░░░░░░░░░░░░░░░░░░░░░░ 0/690 days  –/s  ETA –");
  expect(backfillBar({ ...begun, days_done: 412, rate: 38.2, eta_seconds: 7.4 })).toBe(
    "██████████████░░░░░░░░░░ 412/690 days  38/s  ETA 0:07",
  );
  expect(backfillBar({ ...begun, days_total: 0 })).toContain("████████████████████████ 0/0 days");
});

test("a line of the diff names the column of daily_metrics alone, and the table of all others", () => {
  const change = {
    day: "2026-03-02",
    table: "daily_metrics",
    column: "total_messages",
    rows: 1,
    before: 999,
    after: 4,
  };
  expect(lineOfChange(change)).toBe("2026-03-02 total_messages 999 -> 4");
  expect(lineOfChange({ ...change, table: "user_days", column: "tokens", rows: 3, before: null })).toBe(
    "2026-03-02 user_days.tokens (3 rows) none -> 4",
  );
});
