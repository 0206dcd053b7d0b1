import { isUsedByOthers } from "../../../people/authorship.ts";
import { forgetNames, note, type Step, type Work } from "./step.ts";

/** Takes the person's twins: those that others used stay as “Deleted twin” without an owner, the others go. */
export const takeTwins: Step = async (work) => {
  const { tx, user_id, n } = work;
  const twins = await tx.query<{ id: string; stays: boolean }>({
    name: "erase_read_twins",
    text: `select t.id, ${isUsedByOthers("t.id")} as stays
      from (select id from twins where org_id = $1 and user_id = $2 order by id limit $4::int) t`,
    values: [tx.org_id, user_id, n, Math.ceil(work.limit / 20)],
  });
  const ids = (stays: boolean) => twins.filter((twin) => twin.stays === stays).map(({ id }) => id);
  await keep(work, ids(true));
  await remove(work, ids(false));
  return twins.length;
};

async function keep(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await work.tx.query({
    name: "keep_deleted_twins",
    text: `update twins set user_id = null, name = 'Deleted twin', description = null, last_trained_at = null,
        document_count = 0, email_count = 0, updated_at = $3::timestamptz
      where org_id = $1 and id = any($2::uuid[])`,
    values: [work.tx.org_id, ids, work.now.toISOString()],
  });
  note(work, "twins", "emptied", ids.length);
}

async function remove(work: Work, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { tx, dirty, now } = work;
  const spells = await tx.query<{ installed_at: string | null; uninstalled_at: string | null }>({
    name: "erase_installations",
    text: "delete from twin_installations where org_id = $1 and twin_id = any($2::uuid[]) returning installed_at, uninstalled_at",
    values: [tx.org_id, ids],
  });
  const last = now.toISOString();
  for (const { installed_at, uninstalled_at } of spells)
    if (installed_at) dirty.markSpan(null, installed_at, uninstalled_at ?? (last > installed_at ? last : installed_at));
  await forgetNames(work, ids);
  await tx.query({
    name: "erase_twins",
    text: "delete from twins where org_id = $1 and id = any($2::uuid[])",
    values: [tx.org_id, ids],
  });
  note(work, "twin_installations", "erased", spells.length);
  note(work, "twins", "erased", ids.length);
}
