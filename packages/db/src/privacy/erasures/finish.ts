import { recordAudit } from "../../tenancy/audit/record.ts";
import { markDaysOf } from "../../figures/mark-people.ts";
import { layTombstones } from "./ask.ts";
import { countFigures } from "./count.ts";
import { linesOf } from "./lines.ts";
import { forgetNames, note, type Work } from "./steps/step.ts";

/**
 * The end of an erasure: the person's row and, with it, their keys. What is left of them are numbers of sealed days under
 * an `n` that leads nowhere, hashes that keep them out, and the receipt.
 */
export async function finishErasure(work: Work, id: string): Promise<void> {
  const { tx, user_id, n, now, counts } = work;
  const [user] = await tx.query<{ email_key: string; created_at: string }>({
    text: "select email_key, created_at from users where org_id = $1 and id = $2",
    values: [tx.org_id, user_id],
  });
  await layTombstones(tx, { erasure_id: id, user_id, emailKey: user!.email_key, now });
  for (const { table_name, what, rows } of await countFigures(tx, { id: user_id, n }))
    note(work, table_name, what, rows);
  await markFigures(work);
  work.dirty.mark(null, user!.created_at);
  await forgetNames(work, [user_id]);
  const copies = await tx.query({
    text: "delete from exports where org_id = $1 and user_id = $2 returning 1",
    values: [tx.org_id, user_id],
  });
  note(work, "exports", "erased", copies.length);
  const keys = await tx.query({
    text: "delete from user_keys where org_id = $1 and user_id = $2 returning 1",
    values: [tx.org_id, user_id],
  });
  note(work, "user_keys", "erased", keys.length);
  await tx.query({ text: "delete from users where org_id = $1 and id = $2", values: [tx.org_id, user_id] });
  note(work, "users", "erased", 1);

  // The organisation's row is held, so no two receipts get one number.
  const [receipt] = await tx.query<{ number: number }>({
    text: `update erasures e set status = 'erased', ended_at = $3, counts = $4, lines = $5,
        number = (select coalesce(max(l.number), 0) + 1 from erasures l where l.org_id = $1)
      where e.org_id = $1 and e.id = $2 returning e.number`,
    values: [tx.org_id, id, now.toISOString(), JSON.stringify(counts), JSON.stringify(linesOf(counts))],
  });
  await recordAudit(tx, {
    action: "user.erased",
    object_type: "user",
    object_id: user_id,
    details: { erasure: id, receipt: receipt!.number },
  });
}

/**
 * Whatever figures of theirs are left is computed anew. Whose first day is sealed has no mark that would take their row of
 * retention.
 */
async function markFigures({ tx, n }: Work): Promise<void> {
  await tx.query({
    text: `delete from user_retention r using organizations o
      where r.org_id = $1 and r.n = $2 and o.id = $1 and is_sealed(r.cohort_date, o)`,
    values: [tx.org_id, n],
  });
  await markDaysOf(tx, [n]);
}
