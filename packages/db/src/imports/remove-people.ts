import { forgetNames } from "../records/ingest/references.ts";
import { markDaysOf } from "../figures/mark-people.ts";
import { markSpells } from "./beginnings.ts";
import type { Line, Work } from "./part.ts";

// Who and what was there, once nothing hangs on it any more.

const idsOf = (lines: readonly Line[]) => lines.map(({ id }) => id);

export async function removeInstallations(work: Work, lines: readonly Line[]): Promise<void> {
  const { tx } = work;
  const gone = await tx.query<{ installed_at: string | null; uninstalled_at: string | null }>({
    name: "undo_installations",
    text: `delete from twin_installations where org_id = $1 and id = any ($2::uuid[]) returning installed_at, uninstalled_at`,
    values: [tx.org_id, idsOf(lines)],
  });
  markSpells(work, gone);
}

export async function removeTwins({ tx }: Work, lines: readonly Line[]): Promise<void> {
  await tx.query({
    name: "undo_twins",
    text: "delete from twins where org_id = $1 and id = any ($2::uuid[])",
    values: [tx.org_id, idsOf(lines)],
  });
  await forgetNames(tx, idsOf(lines));
}

/** Their rows go, with keys, exports and what was derived of them; the days that they have figures on are computed anew. */
export async function removePeople({ tx, dirty, now }: Work, lines: readonly Line[]): Promise<void> {
  const gone = await tx.query<{ n: number; created_at: string }>({
    name: "undo_people",
    text: "delete from users where org_id = $1 and id = any ($2::uuid[]) returning n, created_at",
    values: [tx.org_id, idsOf(lines)],
  });
  await markDaysOf(
    tx,
    gone.map(({ n }) => n),
  );
  for (const { created_at } of gone) dirty.mark(null, created_at, now.toISOString());
  await forgetNames(tx, idsOf(lines));
}
