import type { Erasure, ErasureReceipt, ErasuresAnswer, ReceiptLine, ReceiptNumber } from "@twin/contracts/privacy";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { readCalendar } from "../../tenancy/calendar/local-days.ts";
import { type ErasureRow, erasureOf, erasureParams, erasureRow, selectErasures, readErasures } from "./state.ts";

/** What is stored of a receipt beside its number. */
export type StoredReceipt = { lines: ReceiptLine[]; rows_gone: number; rows_kept: number };

/** The receipt of an erasure that is done. */
export const receiptOf = ({ number, lines, ended_at }: ErasureRow): ErasureReceipt => ({
  number,
  ...(lines as StoredReceipt),
  counted_at: ended_at!,
});

const erasureOfNumber = statement(
  "privacy.erasure_of_number",
  { ...erasureParams, number: "int" },
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where e.number = ${p.number}`,
  { plan: "each" },
);

/** The receipt of an erasure that was done. @throws NOT_FOUND */
export function readErasureReceipt(
  db: Database,
  actor: Actor,
  { number }: ReceiptNumber,
  now: Date,
): Promise<ErasureReceipt & { timezone: string; erasure: Erasure }> {
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const [row] = await readErasures(tx, now, (given) => erasureOfNumber({ ...given, number }));
    if (!row) throw new DomainError("NOT_FOUND", "there is no receipt of this number", { path: "number" });
    return { ...receiptOf(row), timezone: time_zone, erasure: erasureOf(row) };
  });
}

const openErasures = statement(
  "privacy.open_erasures",
  erasureParams,
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where e.status in ('asked', 'erasing') order by e.due_at, e.id`,
  { plan: "each" },
);

const doneErasures = statement(
  "privacy.done_erasures",
  erasureParams,
  erasureRow,
  (p) => sql`
    select e.* from (${selectErasures(p)}) e
    where e.number is not null order by e.number desc limit 200`,
  { plan: "each" },
);

const peopleLeaving = statement(
  "privacy.people_leaving",
  { org_id: "int", user_ids: "uuid[]" },
  { id: "uuid", full_name: "text", email: "text" },
  (p) => sql`select id, full_name, email from users where org_id = ${p.org_id} and id = any(${p.user_ids})`,
  { plan: "each" },
);

/** Erasures under way, next due first, and the receipts of those that were done. */
export function listErasures(db: Database, actor: Actor, now: Date): Promise<ErasuresAnswer> {
  return inTenant(db, actor, async (tx) => {
    const { time_zone } = await readCalendar(tx, now);
    const open = await readErasures(tx, now, openErasures);
    const people = await tx.query(peopleLeaving({ org_id: tx.org_id, user_ids: open.map(({ user_id }) => user_id) }));
    const byId = new Map(people.map((person) => [person.id, person]));
    const done = await readErasures(tx, now, doneErasures);
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
