import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import { recordAudit } from "../tenancy/audit/record.ts";
import type { Database } from "../postgres/connect.ts";
import { DomainError } from "../tenancy/errors.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";
import { runLock } from "../records/ingest/hold-import.ts";

/** Rows by kind; kinds without any are left out. */
export type RowCounts = Partial<Record<ImportedKind, number>>;

/** What the records of an import came to. */
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
  /** `interrupted`: it ended without saying so. `undoing`: it is being taken back, or that was interrupted. */
  status: "running" | "interrupted" | "done" | "stopped" | "failed" | "undoing" | "undone";
  started_at: string;
  ended_at: string | null;
  /** Null where it was interrupted. */
  outcome: ImportOutcome | null;
  /** Rows that it made. */
  made: RowCounts;
  /** Of these, taken back. */
  undone: RowCounts;
};

/** Writes down that an import begins. @returns its number, which its batches carry (`IngestOptions.run`) */
export const startImport = (db: Database, actor: Actor, run: { command: string; source: string }): Promise<number> =>
  inTenant(db, actor, async (tx) => {
    const [made] = await tx.query<{ id: number }>({
      text: "insert into import_runs (org_id, command, source) values ($1, $2, $3) returning id",
      values: [tx.org_id, run.command, run.source],
    });
    await recordAudit(tx, {
      action: "import.start",
      object_type: "import",
      object_id: String(made!.id),
      details: run,
    });
    return made!.id;
  });

/** Writes down how an import ended; no batch of it comes in afterwards. */
export const endImport = (
  db: Database,
  actor: Actor,
  id: number,
  end: { status: "done" | "stopped" | "failed"; outcome: ImportOutcome },
): Promise<void> =>
  inTenant(db, actor, async (tx) => {
    await tx.query({
      text: `update import_runs set status = $3, ended_at = now(), outcome = $4 where org_id = $1 and id = $2 and status = 'running'`,
      values: [tx.org_id, id, end.status, JSON.stringify(end.outcome)],
    });
  });

const runs = `select id, command, source, started_at, ended_at, outcome, made, undone,
    case when status = 'running' and pg_try_advisory_xact_lock(${runLock}, id) then 'interrupted' else status end as status
  from import_runs where org_id = $1`;

/** Imports of the actor's organisation, the newest first. */
export const listImports = (db: Database, actor: Actor, { limit }: { limit: number }): Promise<ImportRun[]> =>
  inTenant(db, actor, (tx) =>
    tx.query<ImportRun>({ text: `${runs} order by id desc limit $2`, values: [tx.org_id, limit] }),
  );

/** One import. @throws DomainError NOT_FOUND */
export async function readImport(tx: Tx, id: number): Promise<ImportRun> {
  const [run] = await tx.query<ImportRun>({ text: `${runs} and id = $2`, values: [tx.org_id, id] });
  if (!run) throw new DomainError("NOT_FOUND", `there is no import ${id} in this organisation`);
  return run;
}

/** Begins, or goes on, to take an import back. @throws DomainError NOT_FOUND; CONFLICT while it still runs */
export async function beginUndo(tx: Tx, id: number): Promise<void> {
  await tx.query({
    text: "select from import_runs where org_id = $1 and id = $2 for update",
    values: [tx.org_id, id],
  });
  const { status } = await readImport(tx, id);
  if (status === "running")
    throw new DomainError("CONFLICT", `import ${id} is still running: stop it, or wait for its end`);
  if (status === "undoing") return;
  await tx.query({
    text: "update import_runs set status = 'undoing' where org_id = $1 and id = $2",
    values: [tx.org_id, id],
  });
  await recordAudit(tx, { action: "import.undo", object_type: "import", object_id: String(id) });
}

/** Adds to what was taken back of an import. */
export async function noteUndone(tx: Tx, id: number, kind: ImportedKind, rows: number): Promise<void> {
  if (rows === 0) return;
  await tx.query({
    name: "note_undone",
    text: `update import_runs set undone = undone || jsonb_build_object($3::text, coalesce((undone ->> $3)::int, 0) + $4::int)
      where org_id = $1 and id = $2`,
    values: [tx.org_id, id, kind, rows],
  });
}

export async function endUndo(tx: Tx, id: number): Promise<void> {
  await tx.query({
    text: "update import_runs set status = 'undone' where org_id = $1 and id = $2 and status = 'undoing'",
    values: [tx.org_id, id],
  });
}
