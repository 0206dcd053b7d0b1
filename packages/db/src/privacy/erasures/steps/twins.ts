import { sql } from "drizzle-orm";
import { isUsedByOthers } from "../../../people/authorship.ts";
import { takeNames, note, type ErasureStep, type ErasureWork } from "./step.ts";
import { statement } from "../../../postgres/statement.ts";

const twinsOf = statement(
  "privacy.erase_read_twins",
  { org_id: "int", user_id: "uuid", n: "int", limit: "int" },
  { id: "uuid", stays: "boolean" },
  (p) => sql`
    select t.id, ${isUsedByOthers(sql`t.id`, p)} as stays
    from (select id from twins where org_id = ${p.org_id} and user_id = ${p.user_id} order by id limit ${p.limit}) t`,
);

/** Deletes the person's twins; those that others used stay as “Deleted twin” without an owner. */
export const takeTwins: ErasureStep = async (work) => {
  const { tx, user_id, n } = work;
  const twins = await tx.query(twinsOf({ org_id: tx.org_id, user_id, n, limit: Math.ceil(work.limit / 20) }));
  const ids = (stays: boolean) => twins.filter((twin) => twin.stays === stays).map(({ id }) => id);
  await keep(work, ids(true));
  await remove(work, ids(false));
  return twins.length;
};

const keepTwins = statement(
  "privacy.keep_deleted_twins",
  { org_id: "int", ids: "uuid[]", now: "timestamptz" },
  {},
  (p) => sql`
    update twins set user_id = null, name = 'Deleted twin', description = null, last_trained_at = null,
      document_count = 0, email_count = 0, updated_at = ${p.now}
    where org_id = ${p.org_id} and id = any(${p.ids})`,
);

async function keep(work: ErasureWork, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await work.tx.query(keepTwins({ org_id: work.tx.org_id, ids, now: work.now.toISOString() }));
  note(work, "twins", "emptied", ids.length);
}

const eraseInstallations = statement(
  "privacy.erase_installations",
  { org_id: "int", ids: "uuid[]" },
  { installed_at: "timestamptz?", uninstalled_at: "timestamptz?" },
  (p) =>
    sql`delete from twin_installations where org_id = ${p.org_id} and twin_id = any(${p.ids}) returning installed_at, uninstalled_at`,
);

const eraseTwins = statement(
  "privacy.erase_twins",
  { org_id: "int", ids: "uuid[]" },
  {},
  (p) => sql`delete from twins where org_id = ${p.org_id} and id = any(${p.ids})`,
);

async function remove(work: ErasureWork, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { tx, dirty, now } = work;
  const spells = await tx.query(eraseInstallations({ org_id: tx.org_id, ids }));
  const last = now.toISOString();
  for (const { installed_at, uninstalled_at } of spells)
    if (installed_at) dirty.markSpan(null, installed_at, uninstalled_at ?? (last > installed_at ? last : installed_at));
  await takeNames(work, ids);
  await tx.query(eraseTwins({ org_id: tx.org_id, ids }));
  note(work, "twin_installations", "erased", spells.length);
  note(work, "twins", "erased", ids.length);
}
