import type { Erasure, ErasureReceipt, ErasuresAnswer, ReceiptLine, ReceiptNumber } from "@twin/contracts/privacy";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type ErasureRow, erasureOf, readErasures } from "./state.ts";

/** What is stored of a receipt beside its number. */
export type StoredReceipt = { lines: ReceiptLine[]; rows_gone: number; rows_kept: number };

/** The receipt of an erasure that is done. */
export const receiptOf = ({ number, lines, ended_at }: ErasureRow): ErasureReceipt => ({
  number,
  ...(lines as StoredReceipt),
  counted_at: ended_at!,
});

/** The receipt of an erasure that was done. @throws NOT_FOUND */
export function readErasureReceipt(
  db: Database,
  actor: Actor,
  { number }: ReceiptNumber,
  now = new Date(),
): Promise<ErasureReceipt & { timezone: string; erasure: Erasure }> {
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const [row] = await readErasures(tx, now, "e.number = $3", [number]);
    if (!row) throw new DomainError("NOT_FOUND", "there is no receipt of this number", { path: "number" });
    return { ...receiptOf(row), timezone: time_zone, erasure: erasureOf(row) };
  });
}

/** Erasures under way, next due first, and the receipts of those that were done. */
export function listErasures(db: Database, actor: Actor, now = new Date()): Promise<ErasuresAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const open = await readErasures(tx, now, "e.status in ('asked', 'erasing') order by e.due_at, e.id", []);
    const people = await tx.query<{ id: string; full_name: string; email: string }>({
      text: "select id, full_name, email from users where org_id = $1 and id = any($2::uuid[])",
      values: [tx.org_id, open.map(({ user_id }) => user_id)],
    });
    const byId = new Map(people.map((person) => [person.id, person]));
    const done = await readErasures(tx, now, "e.number is not null order by e.number desc limit 200", []);
    return {
      timezone: time_zone,
      open: open.flatMap((row) => {
        const person = byId.get(row.user_id);
        const state = row.status === "asked" ? ("leaving" as const) : ("erasing" as const);
        return person ? [{ ...erasureOf(row), name: person.full_name, email: person.email, state }] : [];
      }),
      receipts: done.map((row) => {
        const { number, rows_gone, rows_kept } = receiptOf(row);
        return { number: number!, rows_gone, rows_kept, erasure: erasureOf(row) };
      }),
    };
  });
}
