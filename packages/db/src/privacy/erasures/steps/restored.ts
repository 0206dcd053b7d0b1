import { inRestored } from "../../../archives/restored.ts";
import { DirtyDays } from "../../../records/ingest/dirty-days.ts";
import { addCounts, restoredTable, type What } from "../lines.ts";
import { takeActivities } from "./activities.ts";
import { takeMessages } from "./messages.ts";
import { takeFeatureEvents, takeOwnership, takeSummaries } from "./rows.ts";
import type { ErasureStep, ErasureWork } from "./step.ts";

/**
 * A step in restored months, with the same statements. Their days are sealed, so no figures change; their rows are counted
 * separately.
 */
const inMonths =
  (step: ErasureStep): ErasureStep =>
  async (work) => {
    const there: ErasureWork = { ...work, counts: {}, dirty: new DirtyDays() };
    const taken = await inRestored(work.tx, () => step(there));
    for (const [table, of] of Object.entries(there.counts))
      for (const [what, rows] of Object.entries(of)) addCounts(work.counts, restoredTable(table), what as What, rows);
    return taken;
  };

/** The steps of an erasure in restored months, in the order of those in live rows. */
export const restoredSteps: readonly [name: string, step: ErasureStep][] = [
  ["restored-messages", inMonths(takeMessages)],
  ["restored-activities", inMonths(takeActivities)],
  ["restored-summaries", inMonths(takeSummaries)],
  ["restored-features", inMonths(takeFeatureEvents)],
  ["restored-ownership", inMonths(takeOwnership)],
];

/** Rows of one statement. */
const limit = 1_000;

/** Erases people who were erased before from the rows that this transaction restored, as their erasure would have done. */
export async function takeFromRestored(
  { db, tx, now }: Pick<ErasureWork, "db" | "tx" | "now">,
  gone: readonly string[],
): Promise<void> {
  for (const user_id of gone) {
    const work: ErasureWork = { db, tx, user_id, n: 0, limit, counts: {}, dirty: new DirtyDays(), now };
    for (const [, step] of restoredSteps) while ((await step(work)) > 0);
  }
}
