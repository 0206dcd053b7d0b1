import { randomUUID } from "node:crypto";
import { addMonths } from "@twin/contracts/calendar";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { readNextMonth, readPurge } from "../../archives/due.ts";
import { type Archive, DamagedFile } from "../../archives/files.ts";
import { changePart, type Part, storePart, takeOverParts } from "../../archives/part.ts";
import { planDue } from "../../archives/plan-due.ts";
import { isPathOf, pathsOf } from "../../archives/paths.ts";
import { purgePart } from "../../archives/purge-part.ts";
import { verifyPart } from "../../archives/verify-part.ts";
import { writePart } from "../../archives/write-part.ts";
import type { Database } from "../../postgres/connect.ts";
import { floorId } from "../../postgres/uuid-time.ts";
import type { StepEnd } from "../../policies/report.ts";
import type { Step, StepContext } from "../step.ts";
import type { Purge } from "../../policies/purge.ts";

const first = "00000000-0000-0000-0000-000000000000";

/** Half-sent files older than this, by the clock of the store, are left from killed runs. */
const staleMs = 86_400_000;

/**
 * The purge gate. Due activities lie in sealed months; they are archived, read back and counted, then deleted: in that
 * order or not at all. An archive that can't be read back stops it, and nothing is deleted.
 */
export const activitiesStep: Step = {
  data_type: "activities",
  plan: planDue,
  async run(db, actor, context) {
    const { archive, now, signal } = context;
    if (!archive) return refuseWithoutArchive(db, actor, now);
    const run_id = randomUUID();
    const parts = await takeOverParts(db, actor, run_id);
    if (parts.length > 0 || (await findDue(db, actor, now, first)))
      await archive.tidy(isPathOf(actor.org_id), new Date(Date.now() - staleMs));
    for (const part of parts) {
      const isOfUse = part.status === "purging" || (part.status !== "writing" && part.damage === null);
      const end = isOfUse
        ? await finish(db, actor, archive, part, context)
        : await abandon(db, actor, archive, part, context);
      if (end.status !== "done") return end;
    }
    for (let from = first; ;) {
      if (signal.aborted) return { status: "stopped" };
      const next = await findDue(db, actor, now, from);
      if (!next) return { status: "done" };
      const part = await writePart(db, actor, archive, next.month, next.purge, run_id, context);
      const end: StepEnd = part ? await finish(db, actor, archive, part, context) : { status: "done" };
      if (end.status !== "done") return end;
      from = floorId(Date.parse(addMonths(next.month, 1)));
    }
  },
};

const findDue = (
  db: Database,
  actor: Actor,
  now: Date,
  from: string,
): Promise<{ month: string; purge: Purge } | null> =>
  inTenant(db, actor, async (tx) => {
    const purge = await readPurge(tx, now);
    const month = purge && (await readNextMonth(tx, from, purge));
    return month ? { month, purge } : null;
  });

async function refuseWithoutArchive(db: Database, actor: Actor, now: Date): Promise<StepEnd> {
  if (!(await findDue(db, actor, now, first))) return { status: "done" };
  return { status: "refused", reason: "there is no archive: set ARCHIVE_DIR or ARCHIVE_S3_URL for the worker" };
}

/** Continues a written part until it is purged. */
async function finish(
  db: Database,
  actor: Actor,
  archive: Archive,
  part: Part,
  context: StepContext,
): Promise<StepEnd> {
  const { now, reached } = context;
  try {
    if (part.status === "written") {
      await verifyPart(archive, actor.org_id, part, reached);
      await storePart(db, actor, part, { status: "verified", checked_at: now.toISOString() });
      await reached("archive:verified");
    }
    const end = await purgePart(db, actor, archive, part, context);
    if (end === "stopped") return { status: "stopped" };
    if (end === "abandon") return await abandon(db, actor, archive, part, context);
  } catch (error) {
    if (!(error instanceof DamagedFile)) throw error;
    await storePart(db, actor, part, { damage: error.message, checked_at: now.toISOString() });
    return {
      status: "refused",
      reason: `${error.message}: nothing${part.status === "purging" ? " more" : ""} of ${part.month.slice(0, 7)} was deleted`,
    };
  }
  await storePart(db, actor, part, { status: "purged", purged_at: now.toISOString(), damage: null });
  await reached("archive:purged");
  return { status: "done" };
}

/**
 * Gives up a part of which nothing is deleted: its rows are all live. Its row stays locked until its files are deleted, so
 * that no other run purges by them meanwhile.
 * @throws where another run has taken it over: rows which that one deleted are only in these files
 */
async function abandon(
  db: Database,
  actor: Actor,
  archive: Archive,
  part: Part,
  { reached }: StepContext,
): Promise<StepEnd> {
  await inTenant(db, actor, async (tx) => {
    await changePart(tx, part, { status: "abandoned" });
    await archive.remove(pathsOf(actor.org_id, part));
    await reached("archive:files-removed");
  });
  await reached("archive:abandoned");
  return { status: "done" };
}
