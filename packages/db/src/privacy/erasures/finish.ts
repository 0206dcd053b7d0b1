import { sql } from "drizzle-orm";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { markDaysOf } from "../../figures/mark-people.ts";
import { layTombstones } from "./ask.ts";
import { countFigures } from "./count.ts";
import { linesOf } from "./lines.ts";
import { takeNames, note, type ErasureWork } from "./steps/step.ts";
import { statement } from "../../postgres/statement.ts";

const userToEnd = statement(
  "privacy.user_at_end",
  { org_id: "int", user_id: "uuid" },
  { email_key: "text", created_at: "timestamptz" },
  (p) => sql`select email_key, created_at from users where org_id = ${p.org_id} and id = ${p.user_id}`,
  { plan: "each" },
);

const deleteCopies = statement(
  "privacy.delete_exports",
  { org_id: "int", user_id: "uuid" },
  { gone: "int" },
  (p) => sql`delete from exports where org_id = ${p.org_id} and user_id = ${p.user_id} returning 1 as gone`,
  { plan: "each" },
);

const deleteKeys = statement(
  "privacy.delete_user_keys",
  { org_id: "int", user_id: "uuid" },
  { gone: "int" },
  (p) => sql`delete from user_keys where org_id = ${p.org_id} and user_id = ${p.user_id} returning 1 as gone`,
  { plan: "each" },
);

const deleteUser = statement(
  "privacy.delete_user",
  { org_id: "int", user_id: "uuid" },
  {},
  (p) => sql`delete from users where org_id = ${p.org_id} and id = ${p.user_id}`,
  { plan: "each" },
);

const writeReceipt = statement(
  "privacy.write_receipt",
  { org_id: "int", id: "uuid", now: "timestamptz", counts: "jsonb", lines: "jsonb" },
  { number: "int" },
  (p) => sql`
    update erasures e set status = 'erased', ended_at = ${p.now}, counts = ${p.counts}, lines = ${p.lines},
      number = (select coalesce(max(l.number), 0) + 1 from erasures l where l.org_id = ${p.org_id})
    where e.org_id = ${p.org_id} and e.id = ${p.id} returning e.number`,
  { plan: "each" },
);

/**
 * The end of an erasure: deletes the person's row and, with it, their keys. What is left are numbers of sealed days under
 * an `n` without a person, hashes that keep them out, and the receipt.
 */
export async function finishErasure(work: ErasureWork, id: string): Promise<void> {
  const { tx, user_id, n, now, counts } = work;
  const [user] = await tx.query(userToEnd({ org_id: tx.org_id, user_id }));
  await layTombstones(tx, { erasure_id: id, user_id, emailKey: user!.email_key, now });
  for (const { table_name, what, rows } of await countFigures(tx, { id: user_id, n }))
    note(work, table_name, what, rows);
  await markFigures(work);
  work.dirty.mark(null, user!.created_at);
  await takeNames(work, [user_id]);
  const copies = await tx.query(deleteCopies({ org_id: tx.org_id, user_id }));
  note(work, "exports", "erased", copies.length);
  const keys = await tx.query(deleteKeys({ org_id: tx.org_id, user_id }));
  note(work, "user_keys", "erased", keys.length);
  await tx.query(deleteUser({ org_id: tx.org_id, user_id }));
  note(work, "users", "erased", 1);

  // The organisation's row is locked, so no two receipts get one number.
  const [receipt] = await tx.query(
    writeReceipt({ org_id: tx.org_id, id, now: now.toISOString(), counts, lines: linesOf(counts) }),
  );
  await recordAudit(tx, {
    action: "user.erased",
    object_type: "user",
    object_id: user_id,
    details: { erasure: id, receipt: receipt!.number },
  });
}

const deleteRetention = statement(
  "privacy.delete_sealed_retention",
  { org_id: "int", n: "int" },
  {},
  (p) => sql`
    delete from user_retention r using organizations o
    where r.org_id = ${p.org_id} and r.n = ${p.n} and o.id = ${p.org_id} and is_sealed(r.cohort_date, o)`,
  { plan: "each" },
);

/**
 * Marks the figures that are left of them to be computed anew. Where the first day is sealed no mark would delete the row
 * of retention, so that is done here.
 */
async function markFigures({ tx, n }: ErasureWork): Promise<void> {
  await tx.query(deleteRetention({ org_id: tx.org_id, n }));
  await markDaysOf(tx, [n]);
}
