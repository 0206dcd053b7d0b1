import { type SQL, sql } from "drizzle-orm";
import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { DirtyDays } from "../records/ingest/dirty-days.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";
import { readHolds } from "../policies/holds.ts";
import { isOwn, type Line, type ImportPart, type StayReason, stayReasons, type UndoWork } from "./part.ts";
import { importParts } from "./parts.ts";
import { beginUndo, endUndo, type ImportRun, noteUndone, readImport, type RowCounts } from "./runs.ts";
import { lockFigures, planOnce } from "../figures/lock.ts";
import { only, statement } from "../postgres/statement.ts";

export type UndoOptions = {
  now: Date;
  /** Ends the work after the current transaction. */
  signal?: AbortSignal;
  /** Most rows of one transaction; others of the organisation wait for it. */
  limit?: number;
  /** Called after each transaction, as `noun:done`; tests kill there. */
  reached?: (place: string) => void | Promise<void>;
};

/** Rows that are deleted, and rows that stay by the reason why. */
export type UndoAnswer = { run: ImportRun; going: RowCounts; staying: Record<StayReason, RowCounts> };
export type UndoOutcome = UndoAnswer & { status: "done" | "stopped" };

const usualLimit = 1_000;
const first = "00000000-0000-0000-0000-000000000000";

/** Where a dry run notes the rows that would be deleted. */
const makeGoing = statement(
  "imports.make_going",
  {},
  {},
  () => sql`create temp table going (id uuid primary key) on commit drop`,
  { plan: "each" },
);

/** What `undoImport` would delete, and what it would leave. Changes nothing. @throws DomainError NOT_FOUND */
export function planUndo(db: Database, actor: Actor, id: number): Promise<UndoAnswer> {
  return inTenant(db, actor, async (tx) => {
    await planOnce(tx);
    const answer = noAnswer(await readImport(tx, id));
    const held = await readHeld(tx);
    await tx.query(makeGoing({}));
    for (const part of importParts)
      for (let lines: Line[] = [], after = first; ; after = lines.at(-1)!.id) {
        lines = await readLines(tx, part, { id, held, after, limit: usualLimit, dry: true });
        await noteGoing(tx, lines);
        count(answer, part, lines);
        if (lines.length < usualLimit) break;
      }
    return answer;
  });
}

/**
 * Deletes the rows that only this import brought and that nothing else needs, in days that aren't sealed, with their
 * senders' ids, so that the same records may be imported in another way. In bounded transactions, each with the marks of
 * its days; it may be killed anywhere, and continues when it is asked again. What the import changed in rows of others
 * stays.
 * @throws DomainError NOT_FOUND; CONFLICT while the import runs
 */
export async function undoImport(db: Database, actor: Actor, id: number, options: UndoOptions): Promise<UndoOutcome> {
  const { signal, reached = () => {} } = options;
  await inTenant(db, actor, (tx) => beginUndo(tx, id));
  await reached("undo:begun");
  const answer = noAnswer(await inTenant(db, actor, (tx) => readImport(tx, id)));
  const ended = async (status: "done" | "stopped"): Promise<UndoOutcome> => ({
    ...answer,
    status,
    run: await inTenant(db, actor, (tx) => readImport(tx, id)),
  });
  for (const part of importParts) {
    for (let after: string | null = first; after !== null;) {
      if (signal?.aborted) return ended("stopped");
      const { lines, next } = await inTenant(db, actor, (tx) => takeNext(tx, part, id, after!, options));
      count(answer, part, lines);
      after = next;
      await reached(`undo:${part.kind}`);
    }
  }
  await inTenant(db, actor, (tx) => endUndo(tx, id));
  await reached("undo:ended");
  return ended("done");
}

const lockOrganization = statement(
  "imports.lock_organization",
  { org_id: "int" },
  { day_rule: "day_rule" },
  (p) => sql`select day_rule_of(o) as day_rule from organizations o where id = ${p.org_id} for update`,
);

/** One transaction: the next lines of a part. Rollups and batches are blocked meanwhile; locked in the order of the seal. */
async function takeNext(tx: Tx, part: ImportPart, id: number, after: string, { now, limit = usualLimit }: UndoOptions) {
  await planOnce(tx);
  await lockFigures(tx, true);
  const [organization] = await tx.query(lockOrganization({ org_id: tx.org_id }));
  const most = Math.min(limit, part.limit ?? limit);
  const lines = await readLines(tx, part, { id, held: await readHeld(tx), after, limit: most, dry: false });
  const work: UndoWork = { tx, run: id, dirty: new DirtyDays(), now };
  const going = lines.filter(({ stays }) => stays === null);
  if (going.length > 0) await part.remove(work, going);
  await dropLines(tx, id, lines);
  await noteUndone(tx, id, part.kind, going.length);
  // These marks come from no record, so they don't keep a day from being sealed.
  await work.dirty.flush(tx, organization!.day_rule, "-infinity");
  return { lines, next: lines.length < most ? null : lines.at(-1)!.id };
}

/** Whose rows holds keep from being deleted: these people's, or everybody's. */
type Held = { everything: boolean; user_ids: string[] };
const readHeld = async (tx: Tx): Promise<Held> => {
  const { organization, user_ids } = await readHolds(tx);
  return { everything: organization, user_ids };
};

const addGoing = statement(
  "imports.add_going",
  { ids: "uuid[]" },
  {},
  (p) => sql`insert into going select unnest(${p.ids})`,
);

/** Notes deleted rows in a dry run, in which they still exist, for the tests of rows that belong to them. */
async function noteGoing(tx: Tx, lines: readonly Line[]): Promise<void> {
  const ids = lines.flatMap(({ id, stays }) => (stays === null ? [id] : []));
  await tx.query(addGoing({ ids }));
}

/** `dry`: whether deleted rows of the parts before still exist, and are noted in `going` */
type Page = { id: number; held: Held; after: string; limit: number; dry: boolean };

const linesOf = (part: ImportPart, dry: boolean) =>
  statement(
    `imports.${dry ? "plan" : "undo"}_lines_of_kind_${part.kind}`,
    { org_id: "int", run_id: "int", held_ids: "uuid[]", after: "uuid", limit: "int", all_held: "boolean" },
    { id: "uuid", conversation_id: "uuid?", stays: only<Line["stays"]>("text?") },
    (p) => {
      const left = (row: SQL) => (dry ? sql`not exists (select from going g where g.id = ${row})` : sql`true`);
      const r = sql`r`;
      const used = part.used ? sql`when ${part.used(r, p, left)} then 'used'` : sql``;
      const found = sql.raw(
        part.kind === "message" ? "conversation_id = l.conversation_id and id = l.id" : "id = l.id",
      );
      return sql`
    with l as materialized (
      select id, conversation_id from imported_rows
      where org_id = ${p.org_id} and run_id = ${p.run_id} and kind = '${sql.raw(part.kind)}' and id > ${p.after} order by id limit ${p.limit}
    )
    select l.id, l.conversation_id, case
        when r.id is null then 'gone'
        when not ${isOwn(sql`l.id`, p)} then 'shared'
        when ${part.final(r, p)} then 'final'
        when ${p.all_held} or ${part.held(r, p)} then 'held'
        ${used}
      end as stays
    from l join organizations o on o.id = ${p.org_id}
    left join lateral (select * from ${sql.raw(part.table)} where org_id = ${p.org_id} and ${found} limit 1) r on true
    order by l.id`;
    },
  );
const readingLines = new Map(
  importParts.map((part) => [part, { dry: linesOf(part, true), real: linesOf(part, false) }]),
);

/** The next lines of a part, in the order of their ids, each with why its row stays. */
function readLines(tx: Tx, part: ImportPart, { id, held, after, limit, dry }: Page): Promise<Line[]> {
  const reading = readingLines.get(part)![dry ? "dry" : "real"];
  const { user_ids: held_ids, everything: all_held } = held;
  return tx.query(reading({ org_id: tx.org_id, run_id: id, held_ids, after, limit, all_held }));
}

const dropUndone = statement(
  "imports.drop_lines",
  { org_id: "int", run_id: "int", gone: "uuid[]", shared: "uuid[]" },
  {},
  (p) => sql`
    delete from imported_rows
    where org_id = ${p.org_id} and (id = any (${p.gone}) or id = any (${p.shared}) and run_id = ${p.run_id})`,
);

/**
 * Deletes the lines of deleted rows, and its own lines of rows that another import keeps. The line of a row that stays for
 * another reason stays, so that undoing may be asked for again.
 */
async function dropLines(tx: Tx, id: number, lines: readonly Line[]): Promise<void> {
  const gone = lines.flatMap((line) => (line.stays === null || line.stays === "gone" ? [line.id] : []));
  const shared = lines.flatMap((line) => (line.stays === "shared" ? [line.id] : []));
  await tx.query(dropUndone({ org_id: tx.org_id, run_id: id, gone, shared }));
}

const noAnswer = (run: ImportRun): UndoAnswer => ({
  run,
  going: {},
  staying: Object.fromEntries(stayReasons.map((reason) => [reason, {}])) as Record<StayReason, RowCounts>,
});

function count({ going, staying }: UndoAnswer, { kind }: ImportPart, lines: readonly Line[]): void {
  const add = (counts: RowCounts, of: ImportedKind) => (counts[of] = (counts[of] ?? 0) + 1);
  for (const { stays } of lines)
    if (stays === null) add(going, kind);
    else if (stays !== "gone") add(staying[stays], kind);
}
