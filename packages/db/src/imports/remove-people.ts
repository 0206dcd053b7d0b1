import { sql } from "drizzle-orm";
import { forgetNames } from "../records/ingest/references.ts";
import { markDaysOf } from "../figures/mark-people.ts";
import { markSpells } from "./beginnings.ts";
import type { Line, UndoWork } from "./part.ts";
import { statement } from "../postgres/statement.ts";

// Deletes people, twins and installations that nothing belongs to any more.

const idsOf = (lines: readonly Line[]) => lines.map(({ id }) => id);

const removedInstallations = statement(
  "imports.remove_installations",
  { org_id: "int", ids: "uuid[]" },
  { installed_at: "timestamptz?", uninstalled_at: "timestamptz?" },
  (p) => sql`
    delete from twin_installations where org_id = ${p.org_id} and id = any (${p.ids}) returning installed_at, uninstalled_at`,
);

/** Deletes installations and marks the days that they began and ended on. */
export async function removeInstallations(work: UndoWork, lines: readonly Line[]): Promise<void> {
  const { tx } = work;
  const gone = await tx.query(removedInstallations({ org_id: tx.org_id, ids: idsOf(lines) }));
  markSpells(work, gone);
}

const deleteTwins = statement(
  "imports.delete_twins",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) => sql`delete from twins where org_id = ${p.org_id} and id = any (${p.ids})`,
);

/** Deletes twins; nothing belongs to them any more (`parts.ts`). */
export async function removeTwins({ tx }: UndoWork, lines: readonly Line[]): Promise<void> {
  await tx.query(deleteTwins({ org_id: tx.org_id, ids: idsOf(lines) }));
  await forgetNames(tx, idsOf(lines));
}

const removedPeople = statement(
  "imports.remove_people",
  { org_id: "int", ids: "uuid[]" },
  { n: "int", created_at: "timestamptz" },
  (p) => sql`delete from users where org_id = ${p.org_id} and id = any (${p.ids}) returning n, created_at`,
);

/** Deletes people with their keys, exports and derived rows; the days with figures of theirs are computed anew. */
export async function removePeople({ tx, dirty, now }: UndoWork, lines: readonly Line[]): Promise<void> {
  const gone = await tx.query(removedPeople({ org_id: tx.org_id, ids: idsOf(lines) }));
  await markDaysOf(
    tx,
    gone.map(({ n }) => n),
  );
  for (const { created_at } of gone) dirty.mark(null, created_at, now.toISOString());
  await forgetNames(tx, idsOf(lines));
}
