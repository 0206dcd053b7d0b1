import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";
import { runLock } from "../records/ingest/hold-import.ts";
import { only, statement } from "../postgres/statement.ts";

/** Rows by kind; kinds without any are left out. */
export type RowCounts = Partial<Record<ImportedKind, number>>;

/** Counts of the records of an import. */
export type ImportOutcome = {
  records: number;
  accepted: number;
  updated: number;
  duplicates: number;
  rejected: number;
};

export type ImportRun = {
  id: number;
  command: string;
  source: string;
  /** `interrupted`: its process ended without storing how. `undoing`: it is being undone, or that was interrupted. */
  status: "running" | "interrupted" | "done" | "stopped" | "failed" | "undoing" | "undone";
  started_at: string;
  ended_at: string | null;
  /** Null where it was interrupted. */
  outcome: ImportOutcome | null;
  /** Rows that it made. */
  made: RowCounts;
  /** How many of these were deleted by undoing it. */
  undone: RowCounts;
};

const addRun = statement(
  "imports.add_run",
  { org_id: "int", command: "text", source: "text" },
  { id: "int" },
  (p) => sql`
    insert into import_runs (org_id, command, source) values (${p.org_id}, ${p.command}, ${p.source}) returning id`,
  { plan: "each" },
);

/** Stores that an import begins. @returns its number, which its batches carry (`IngestOptions.run`) */
export const startImport = (db: Database, actor: Actor, run: { command: string; source: string }): Promise<number> =>
  inTenant(db, actor, async (tx) => {
    const [made] = await tx.query(addRun({ org_id: tx.org_id, command: run.command, source: run.source }));
    await recordAudit(tx, {
      action: "import.start",
      object_type: "import",
      object_id: String(made!.id),
      details: run,
    });
    return made!.id;
  });

const endRun = statement(
  "imports.end_run",
  { org_id: "int", id: "int", status: "text", outcome: "jsonb" },
  {},
  (p) => sql`
    update import_runs set status = ${p.status}, ended_at = now(), outcome = ${p.outcome}
    where org_id = ${p.org_id} and id = ${p.id} and status = 'running'`,
  { plan: "each" },
);

/** Stores how an import ended; later batches with its number are refused. */
export const endImport = (
  db: Database,
  actor: Actor,
  id: number,
  end: { status: "done" | "stopped" | "failed"; outcome: ImportOutcome },
): Promise<void> =>
  inTenant(db, actor, async (tx) => {
    await tx.query(endRun({ org_id: tx.org_id, id, status: end.status, outcome: end.outcome }));
  });

const runsOf = (org_id: SQL): SQL => sql`
    select id, command, source, started_at, ended_at, outcome, made, undone,
      case when status = 'running' and pg_try_advisory_xact_lock(${sql.raw(runLock)}, id) then 'interrupted' else status end as status
    from import_runs where org_id = ${org_id}`;
const columnTypes = {
  id: "int",
  command: "text",
  source: "text",
  started_at: "timestamptz",
  ended_at: "timestamptz?",
  outcome: only<ImportOutcome | null>("jsonb?"),
  made: only<RowCounts>("jsonb"),
  undone: only<RowCounts>("jsonb"),
  status: only<ImportRun["status"]>("text"),
} as const;

const newestRuns = statement(
  "imports.newest_runs",
  { org_id: "int", limit: "int" },
  columnTypes,
  (p) => sql`${runsOf(p.org_id)} order by id desc limit ${p.limit}`,
  { plan: "each" },
);

const oneRun = statement(
  "imports.run",
  { org_id: "int", id: "int" },
  columnTypes,
  (p) => sql`${runsOf(p.org_id)} and id = ${p.id}`,
  { plan: "each" },
);

/** Imports of the actor's organisation, the newest first. */
export const listImports = (db: Database, actor: Actor, { limit }: { limit: number }): Promise<ImportRun[]> =>
  inTenant(db, actor, (tx) => tx.query(newestRuns({ org_id: tx.org_id, limit })));

/** One import. @throws DomainError NOT_FOUND */
export async function readImport(tx: Tx, id: number): Promise<ImportRun> {
  const [run] = await tx.query(oneRun({ org_id: tx.org_id, id }));
  if (!run) throw new DomainError("NOT_FOUND", `there is no import ${id} in this organisation`);
  return run;
}

const lockRun = statement(
  "imports.lock_run",
  { org_id: "int", id: "int" },
  {},
  (p) => sql`select from import_runs where org_id = ${p.org_id} and id = ${p.id} for update`,
  { plan: "each" },
);

const setUndoing = statement(
  "imports.set_undoing",
  { org_id: "int", id: "int" },
  {},
  (p) => sql`update import_runs set status = 'undoing' where org_id = ${p.org_id} and id = ${p.id}`,
  { plan: "each" },
);

/** Begins to undo an import, or continues. @throws DomainError NOT_FOUND; CONFLICT while it still runs */
export async function beginUndo(tx: Tx, id: number): Promise<void> {
  await tx.query(lockRun({ org_id: tx.org_id, id }));
  const { status } = await readImport(tx, id);
  if (status === "running")
    throw new DomainError("CONFLICT", `import ${id} is still running: stop it, or wait for its end`);
  if (status === "undoing") return;
  await tx.query(setUndoing({ org_id: tx.org_id, id }));
  await recordAudit(tx, { action: "import.undo", object_type: "import", object_id: String(id) });
}

const addUndone = statement(
  "imports.add_undone",
  { org_id: "int", id: "int", kind: "text", rows: "int" },
  {},
  (p) => sql`
    update import_runs set undone = undone || jsonb_build_object(${p.kind}, coalesce((undone ->> ${p.kind})::int, 0) + ${p.rows})
    where org_id = ${p.org_id} and id = ${p.id}`,
);

/** Adds to the counts of what was undone. */
export async function noteUndone(tx: Tx, id: number, kind: ImportedKind, rows: number): Promise<void> {
  if (rows === 0) return;
  await tx.query(addUndone({ org_id: tx.org_id, id, kind, rows }));
}

const setUndone = statement(
  "imports.set_undone",
  { org_id: "int", id: "int" },
  {},
  (p) => sql`
    update import_runs set status = 'undone' where org_id = ${p.org_id} and id = ${p.id} and status = 'undoing'`,
  { plan: "each" },
);

/** Stores that an import is undone altogether. */
export async function endUndo(tx: Tx, id: number): Promise<void> {
  await tx.query(setUndone({ org_id: tx.org_id, id }));
}
