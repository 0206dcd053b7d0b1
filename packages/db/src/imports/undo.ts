import { type Actor, inTenant, type Tx } from "../tenancy/actor.ts";
import type { Database } from "../postgres/connect.ts";
import { DirtyDays } from "../records/ingest/dirty-days.ts";
import type { ImportedKind } from "../records/ingest/import-lines.ts";
import { readHolds } from "../policies/holds.ts";
import { isOwn, type Line, type Part, type StayReason, stayReasons, type Work } from "./part.ts";
import { parts } from "./parts.ts";
import { beginUndo, endUndo, type ImportRun, noteUndone, readImport, type RowCounts } from "./runs.ts";
import { lockFigures, planOnce } from "../figures/lock.ts";

export type UndoOptions = {
  now: Date;
  /** Ends the work after the transaction that runs. */
  signal?: AbortSignal;
  /** Most rows of one transaction; others of the organisation wait for it. */
  limit?: number;
  /** Told after each transaction, as `noun:done`; for tests that kill there. */
  reached?: (place: string) => void | Promise<void>;
};

/** What goes, and what stays by the reason why. */
export type UndoAnswer = { run: ImportRun; going: RowCounts; staying: Record<StayReason, RowCounts> };
export type UndoOutcome = UndoAnswer & { status: "done" | "stopped" };

const usualLimit = 1_000;
const first = "00000000-0000-0000-0000-000000000000";

/** What `undoImport` would take back, and what it would leave. Changes nothing. @throws DomainError NOT_FOUND */
export function planUndo(db: Database, actor: Actor, id: number): Promise<UndoAnswer> {
  return inTenant(db, actor, async (tx) => {
    await planOnce(tx);
    const answer = noAnswer(await readImport(tx, id));
    const held = await readHeld(tx);
    await tx.query({ text: "create temp table going (id uuid primary key) on commit drop" });
    for (const part of parts)
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
 * Takes back what an import made and nothing else brought or hangs on, in days that aren't sealed: rows, with their senders'
 * ids, so that the same records may come again in another way. In bounded transactions, each with the days that figures follow
 * in; it may be stopped or killed anywhere, and is gone on with by asking again. What the import changed in rows of others stays.
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
  for (const part of parts) {
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

/** One transaction: the next lines of a part. With figures and batches held still, in the order of the seal. */
async function takeNext(tx: Tx, part: Part, id: number, after: string, { now, limit = usualLimit }: UndoOptions) {
  await planOnce(tx);
  await lockFigures(tx, true);
  const [organization] = await tx.query<{ day_rule: string }>({
    name: "lock_organization_of_undo",
    text: "select day_rule_of(o) as day_rule from organizations o where id = $1 for update",
    values: [tx.org_id],
  });
  const most = Math.min(limit, part.limit ?? limit);
  const lines = await readLines(tx, part, { id, held: await readHeld(tx), after, limit: most, dry: false });
  const work: Work = { tx, run: id, dirty: new DirtyDays(), now };
  const going = lines.filter(({ stays }) => stays === null);
  if (going.length > 0) await part.remove(work, going);
  await dropLines(tx, id, lines);
  await noteUndone(tx, id, part.kind, going.length);
  // These marks come from no record, so they keep no day from being sealed.
  await work.dirty.flush(tx, organization!.day_rule, "-infinity");
  return { lines, next: lines.length < most ? null : lines.at(-1)!.id };
}

/** What of the organisation no purge may take: these people's, or everything. */
type Held = { everything: boolean; user_ids: string[] };
const readHeld = async (tx: Tx): Promise<Held> => {
  const { organization, user_ids } = await readHolds(tx);
  return { everything: organization, user_ids };
};

/** For what hangs together with them: in a dry run these rows are still there. */
async function noteGoing(tx: Tx, lines: readonly Line[]): Promise<void> {
  const ids = lines.flatMap(({ id, stays }) => (stays === null ? [id] : []));
  await tx.query({ name: "note_going", text: "insert into going select unnest($1::uuid[])", values: [ids] });
}

/** `dry`: whether rows of the parts before that go are still there, and stand in `going` */
type Page = { id: number; held: Held; after: string; limit: number; dry: boolean };

/** The next lines of a part, in the order of their ids, each with why its row stays. */
function readLines(tx: Tx, part: Part, { id, held, after, limit, dry }: Page): Promise<Line[]> {
  const left = (row: string) => (dry ? `not exists (select from going g where g.id = ${row})` : "true");
  const found = part.kind === "message" ? "conversation_id = l.conversation_id and id = l.id" : "id = l.id";
  return tx.query<Line>({
    name: `${dry ? "plan" : "undo"}_lines_${part.kind}`,
    text: `with l as materialized (
        select id, conversation_id from imported_rows
        where org_id = $1 and run_id = $2 and kind = '${part.kind}' and id > $4 order by id limit $5
      )
      select l.id, l.conversation_id, case
          when r.id is null then 'gone'
          when not ${isOwn("l.id")} then 'shared'
          when ${part.final("r")} then 'final'
          when $6::boolean or ${part.held("r")} then 'held'
          ${part.used ? `when ${part.used("r", left)} then 'used'` : ""}
        end as stays
      from l join organizations o on o.id = $1
      left join lateral (select * from ${part.table} where org_id = $1 and ${found} limit 1) r on true
      order by l.id`,
    values: [tx.org_id, id, held.user_ids, after, limit, held.everything],
  });
}

/**
 * Drops all lines of rows that are gone, and its own of those that another import keeps; for a row that stays for another
 * reason it may be asked again.
 */
async function dropLines(tx: Tx, id: number, lines: readonly Line[]): Promise<void> {
  const gone = lines.flatMap((line) => (line.stays === null || line.stays === "gone" ? [line.id] : []));
  const shared = lines.flatMap((line) => (line.stays === "shared" ? [line.id] : []));
  await tx.query({
    name: "drop_undone_lines",
    text: `delete from imported_rows where org_id = $1 and (id = any ($3::uuid[]) or id = any ($4::uuid[]) and run_id = $2)`,
    values: [tx.org_id, id, gone, shared],
  });
}

const noAnswer = (run: ImportRun): UndoAnswer => ({
  run,
  going: {},
  staying: Object.fromEntries(stayReasons.map((reason) => [reason, {}])) as Record<StayReason, RowCounts>,
});

function count({ going, staying }: UndoAnswer, { kind }: Part, lines: readonly Line[]): void {
  const add = (counts: RowCounts, of: ImportedKind) => (counts[of] = (counts[of] ?? 0) + 1);
  for (const { stays } of lines)
    if (stays === null) add(going, kind);
    else if (stays !== "gone") add(staying[stays], kind);
}
