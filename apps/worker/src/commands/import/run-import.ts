import type { IngestAnswer } from "@twin/contracts/ingest";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { endImport, startImport } from "@twin/db/imports/runs";
import { holdImport } from "@twin/db/records/ingest/hold-import";
import { recordBatch } from "@twin/db/records/ingest/record-batch";
import { type Call, exit, Failure } from "../command.ts";
import { commandActor, organizationOf, place, withDatabase } from "../database.ts";
import { hearSignals } from "../hear-signals.ts";
import { Importer } from "./importer.ts";
import type { Barrier, Item } from "./item.ts";
import { patiently } from "./patience.ts";
import { clock, Progress, type Standing } from "./progress.ts";
import { listedAtMost, Rejects } from "./rejects.ts";
import { count } from "@twin/wording/format";

/** What is imported: from where, and how far it has been read. */
export interface Job {
  /** The source that the records' external ids belong to. */
  source: string;
  items(signal: AbortSignal): AsyncIterable<Item | Barrier>;
  /** How much has been read, 0…1; null where the total isn't known. */
  fraction(): number | null;
  /** Further results, asked for at the end. `partly`: some of the input couldn't be read. */
  also(): { fields: Record<string, unknown>; lines: string[]; failure: string | null; partly?: boolean };
}

const shownAtMost = 20;

function summary(slug: string, source: string, standing: Standing, rejects: Rejects, seconds: number): string[] {
  const rate = Math.round(standing.records / Math.max(seconds, 0.001));
  const codes = [...rejects.byCode].toSorted().map(([code, records]) => `${code} ${count(records)}`);
  return [
    `${count(standing.records)} records into ${slug} as ${source} in ${clock(seconds)} (${count(rate)}/s)`,
    `  accepted    ${count(standing.accepted)}`,
    `  updated     ${count(standing.updated)}`,
    `  duplicates  ${count(standing.duplicates)}`,
    `  rejected    ${count(rejects.count)}${codes.length > 0 ? `  (${codes.join(", ")})` : ""}`,
    ...rejects.listed
      .toSorted((a, b) => a.index - b.index)
      .slice(0, shownAtMost)
      .map(({ index, code, message, path }) => `    record ${index}${path ? ` ${path}` : ""}: ${code} ${message}`),
    ...(rejects.count > shownAtMost
      ? [`    … and ${count(rejects.count - shownAtMost)} more; --rejects FILE keeps all of them`]
      : []),
  ];
}

/** The organisation and database that an import sends to. */
export interface Target {
  db: Database;
  org_id: number;
  slug: string;
  actor: Actor;
  /** What the list of imports names as the importer. */
  command: string;
}

/** Runs `work` on the organisation of `--org`. @returns the exit code */
export function intoOrganization(
  call: Call,
  command: string,
  work: (target: Target) => Promise<number>,
): Promise<number> {
  const slug = call.given("org");
  return withDatabase(async (db) => {
    const { org_id, is_demo } = await organizationOf(db, slug);
    if (is_demo)
      throw new Failure(
        `${slug} is the demonstration, which holds invented data only: import into an organisation of your own.`,
      );
    return work({ db, org_id, slug, command, actor: commandActor(org_id, command) });
  });
}

/** Imports a job and tells how it went. @returns the exit code */
export async function runImport(call: Call, { db, org_id, slug, command, actor }: Target, job: Job): Promise<number> {
  const rejects = new Rejects(call.text("rejects"));
  const progress = new Progress(call.out, job.fraction);
  const remark = (text: string) => progress.remark(text);
  const stop = hearSignals(() => remark("Stopping: the batches in flight are finished first."));
  const run = await startImport(db, actor, { command, source: job.source });
  const send = (records: unknown[]): Promise<IngestAnswer> =>
    patiently(() => recordBatch(db, actor, { records }, { now: new Date(), source: job.source, run }), remark);
  const held = await holdImport(place().direct, org_id, run);
  const importer = new Importer(send, rejects, progress, stop.signal);
  let failed = true;
  try {
    await importer.run(job.items(stop.signal));
    failed = job.also().failure !== null;
  } finally {
    progress.end(importer.standing);
    stop.close();
    rejects.close();
    const { records, accepted, updated, duplicates } = importer.standing;
    const status = failed ? "failed" : stop.signal.aborted ? "stopped" : "done";
    const outcome = { records, accepted, updated, duplicates, rejected: rejects.count };
    // A database that can't be reached was reported before; then the import counts as interrupted.
    await endImport(db, actor, run, { status, outcome }).catch(() => {});
    await held.end();
  }
  const { standing } = importer;
  const { fields, lines, failure, partly = false } = job.also();
  const stopped = stop.signal.aborted
    ? "Stopped before the end. Run the same command again: it continues without doubling anything."
    : null;
  call.out.result(
    {
      accepted: standing.accepted,
      updated: standing.updated,
      duplicates: standing.duplicates,
      rejected: rejects.listed.toSorted((a, b) => a.index - b.index),
      ...(rejects.count > listedAtMost && { rejected_total: rejects.count }),
      warnings: importer.warnings.listed,
      records: standing.records,
      source: job.source,
      run,
      ...fields,
      ...(stopped !== null && { stopped: true }),
    },
    [
      ...summary(slug, job.source, standing, rejects, progress.seconds),
      ...importer.warnings.lines(),
      ...lines,
      `Run ${run}: ./twinctl import undo ${run} --org ${slug} takes back what it made.`,
    ],
  );
  for (const sentence of [stopped, failure]) if (sentence !== null) call.out.remark(sentence);
  if (stopped !== null || failure !== null) return exit.failed;
  return rejects.count > 0 || partly ? exit.partly : exit.ok;
}
