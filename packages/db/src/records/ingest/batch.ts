import type { Tx } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import type { DirtyDays } from "./dirty-days.ts";
import type { ImportLines } from "./import-lines.ts";
import { type Outcomes, Rejected } from "./outcome.ts";
import type { Reach } from "../../tenancy/calendar/reach.ts";
import type { OwnerCorrection } from "../twins/correct-owners.ts";
import type { References } from "./references.ts";

/** What ingest must know of the organisation. Its row is locked, so zone and seal can't change before the commit. */
export type Tenant = {
  day_rule: string;
  sealed_from: string | null;
  sealed_before: string | null;
  history_from: string;
  has_imports: boolean;
  truncate_ip: boolean;
  search_enabled: boolean;
  reach_days: number;
};

/** One batch on its way into the tables. */
export type Batch = {
  db: Database;
  tx: Tx;
  source: string;
  now: string;
  tenant: Tenant;
  outcomes: Outcomes;
  references: References;
  dirty: DirtyDays;
  reach: Reach;
  /** Twins that this batch gives to another owner. */
  corrections: OwnerCorrection[];
  /** The lines by which an import can be undone. */
  lines: ImportLines;
};

const clockSlackMs = 5 * 60_000;

/** @throws Rejected IN_FUTURE: later than now by more than the clocks may differ. */
export function checkNotAhead({ now }: Batch, field: string, at: string | null | undefined): void {
  if (at && Date.parse(at) > Date.parse(now) + clockSlackMs)
    throw new Rejected("IN_FUTURE", `${field} ${at} lies in the future`, field);
}

/** Whether an instant lies in sealed days, whose figures are final. */
export const isSealed = ({ tenant: { sealed_from, sealed_before } }: Batch, at: string): boolean =>
  sealed_from !== null && sealed_before !== null && at >= sealed_from && at < sealed_before;

/**
 * Checks the time that a record happened at.
 * @throws Rejected INVALID before `history_from`, IN_FUTURE, TOO_OLD where figures are sealed (docs/METRICS.md, "Late, duplicate and corrected records").
 */
export function checkEventTime(batch: Batch, field: string, at: string): void {
  const { history_from, sealed_before } = batch.tenant;
  if (at < history_from)
    throw new Rejected(
      "INVALID",
      `${field} ${at} is before ${history_from}, where this organisation's history begins`,
      field,
    );
  checkNotAhead(batch, field, at);
  if (isSealed(batch, at))
    throw new Rejected(
      "TOO_OLD",
      `${field} ${at} lies in days whose figures are final (sealed before ${sealed_before})`,
      field,
    );
}

/** @throws Rejected INVALID where something ends before it starts, IN_FUTURE where it ends there. */
export function checkEnd(batch: Batch, field: string, start: string, end: string | null | undefined): void {
  if (!end) return;
  if (end < start) throw new Rejected("INVALID", `${field} ${end} is before the start ${start}`, field);
  checkNotAhead(batch, field, end);
}
