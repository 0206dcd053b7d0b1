import { sql } from "drizzle-orm";
import { isFinal, type UndoWork } from "./part.ts";
import { statement } from "../postgres/statement.ts";

const moveBackPeople = statement(
  "imports.move_back_people",
  { org_id: "int", ns: "int[]", twin_ids: "uuid[]" },
  { n: "int", was: "timestamptz" },
  (p) => sql`
    with found as materialized (
      select u.id, u.n, u.created_at from users u join organizations o on o.id = ${p.org_id}
      where u.org_id = ${p.org_id} and u.created_at_source = 'derived' and not ${isFinal(sql`u.created_at`)}
        and (u.n = any (${p.ns}) or u.id in (select t.user_id from twins t where t.org_id = ${p.org_id} and t.id = any (${p.twin_ids})))
      order by u.id for no key update of u
    ), moved as (
      update users u set created_at = uuid_time(u.id), created_at_source = 'arrival' from found f
      where u.org_id = ${p.org_id} and u.id = f.id
    )
    select n, created_at as was from found`,
);

const moveBackSpells = statement(
  "imports.move_back_spells",
  { org_id: "int", twin_ids: "uuid[]" },
  { was: "timestamptz", uninstalled_at: "timestamptz?" },
  (p) => sql`
    with found as materialized (
      select i.id, i.installed_at, i.uninstalled_at from twin_installations i join organizations o on o.id = ${p.org_id}
      where i.org_id = ${p.org_id} and i.twin_id = any (${p.twin_ids}) and not i.installed_at_known and i.installed_at is not null
        and not ${isFinal(sql`i.installed_at`)}
      order by i.id for no key update of i
    ), moved as (
      update twin_installations i set installed_at = null from found f where i.org_id = ${p.org_id} and i.id = f.id
    )
    select installed_at as was, uninstalled_at from found`,
);

/**
 * Marks the beginnings of people and installations that were sent without one to be found anew: the first thing that they
 * or their twins did may be deleted now, and the rollup only moves a beginning to something earlier. Those in sealed days
 * stay.
 */
export async function moveBack({ tx, dirty, now }: UndoWork, of: { ns: number[]; twins: string[] }): Promise<void> {
  const [ns, twin_ids] = [[...new Set(of.ns)], [...new Set(of.twins)]];
  const people = await tx.query(moveBackPeople({ org_id: tx.org_id, ns, twin_ids }));
  for (const { n, was } of people) {
    dirty.mark(null, was);
    // The rollup looks only for people with a marked day.
    dirty.mark(n, was);
  }
  const spells = await tx.query(moveBackSpells({ org_id: tx.org_id, twin_ids }));
  markSpells(
    { dirty, now },
    spells.map(({ was, uninstalled_at }) => ({ installed_at: was, uninstalled_at })),
  );
}

type Spell = { installed_at: string | null; uninstalled_at: string | null };

/**
 * The number of open installations changes on every day of an installation; today's mark makes the rollup look for
 * beginnings.
 */
export function markSpells({ dirty, now }: Pick<UndoWork, "dirty" | "now">, spells: readonly Spell[]): void {
  const today = now.toISOString();
  for (const { installed_at, uninstalled_at } of spells) {
    dirty.mark(null, today);
    if (installed_at === null) continue;
    const until = uninstalled_at ?? today;
    dirty.markSpan(null, installed_at, until > installed_at ? until : installed_at);
  }
}
