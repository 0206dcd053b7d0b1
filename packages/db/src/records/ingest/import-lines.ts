import type { Tx } from "../../tenancy/actor.ts";
import { insertRows } from "./rows.ts";

/** The kinds of rows that an import can make. */
export type ImportedKind = "user" | "twin" | "installation" | "session" | "activity" | "message" | "feature";

type Line = { kind: ImportedKind; id: string; conversation_id: string | null };

/**
 * Which rows an import brought, so that it can be undone: a line for each row that only imports have sent. Collected by the
 * writers of a batch, and stored with what they write.
 */
export class ImportLines {
  readonly #run: number | null;
  readonly #made: Line[] = [];
  readonly #met = new Set<string>();
  readonly #moved: { from: string; to: string }[] = [];

  /** @param run the import that sends the batch; null: it is no import's */
  constructor(run: number | null) {
    this.#run = run;
  }

  /** A row that the batch stores. */
  made(kind: ImportedKind, id: string, conversation_id: string | null = null): void {
    if (this.#run !== null) this.#made.push({ kind, id, conversation_id });
  }

  /** A row that was there already and that the batch sends too. */
  met(id: string): void {
    this.#met.add(id);
  }

  /** A row that the batch stores under another id. */
  moved(from: string, to: string): void {
    this.#moved.push({ from, to });
    // A batch of no import only deletes lines.
    this.met(this.#run === null ? from : to);
  }

  /**
   * Stores the lines; the rows are locked already.
   * @param hasImports whether the organisation ever had an import: most have nothing to look for
   * @throws Error where the import has ended meanwhile: its batches must not be stored any more
   */
  async flush(tx: Tx, hasImports: boolean): Promise<void> {
    if (!hasImports) return;
    await this.#move(tx);
    await this.#meet(tx);
    if (this.#run === null) return;
    const run_id = this.#run;
    const rows = this.#made.map((line) => ({ ...line, run_id }));
    const columns = { run_id: "int", kind: "text", id: "uuid", conversation_id: "uuid" } as const;
    await insertRows(tx, "imported_rows", columns, rows);
    await this.#count(tx, run_id);
  }

  async #move(tx: Tx): Promise<void> {
    if (this.#run === null || this.#moved.length === 0) return;
    await tx.query({
      name: "move_import_lines",
      text: `update imported_rows r set id = s.new_id from unnest($2::uuid[], $3::uuid[]) s (old_id, new_id)
        where r.org_id = $1 and r.id = s.old_id`,
      values: [tx.org_id, this.#moved.map(({ from }) => from), this.#moved.map(({ to }) => to)],
    });
  }

  async #meet(tx: Tx): Promise<void> {
    if (this.#met.size === 0) return;
    const ids = [...this.#met];
    if (this.#run === null) {
      await tx.query({
        name: "drop_import_lines",
        text: "delete from imported_rows where org_id = $1 and id = any($2::uuid[])",
        values: [tx.org_id, ids],
      });
      return;
    }
    await tx.query({
      name: "join_import_lines",
      text: `insert into imported_rows (org_id, run_id, kind, id, conversation_id)
        select distinct $1::int, $2::int, kind, id, conversation_id from imported_rows where org_id = $1 and id = any($3::uuid[])
        on conflict do nothing`,
      values: [tx.org_id, this.#run, ids],
    });
  }

  /** Last of all, because batches of one import wait for each other here. */
  async #count(tx: Tx, run_id: number): Promise<void> {
    const kinds = Object.entries(Object.groupBy(this.#made, ({ kind }) => kind));
    const [run] = await tx.query({
      name: "count_import_lines",
      text: `update import_runs set made = made || coalesce((
          select jsonb_object_agg(kind, coalesce((made ->> kind)::int, 0) + count) from unnest($3::text[], $4::int[]) s (kind, count)
        ), '{}') where org_id = $1 and id = $2 and status = 'running' returning 1`,
      values: [tx.org_id, run_id, kinds.map(([kind]) => kind), kinds.map(([, lines]) => lines!.length)],
    });
    if (!run) throw new Error(`import ${run_id} has ended`);
  }
}
