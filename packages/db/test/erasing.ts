import type { Database } from "../src/postgres/connect.ts";
import { askErasure } from "../src/privacy/erasures/ask.ts";
import type { Ledger, LedgerEntry } from "../src/privacy/erasures/ledger.ts";
import { systemOf } from "./actors.ts";

/** A ledger that is gone with the test. */
export function memoryLedger(): Ledger & { entries: LedgerEntry[] } {
  const entries: LedgerEntry[] = [];
  return {
    entries,
    read: () => Promise.resolve(entries),
    append(entry) {
      if (!entries.some(({ erasure_id }) => erasure_id === entry.erasure_id)) entries.push(entry);
      return Promise.resolve();
    },
  };
}

/** Asks for a person's erasure without days of grace. */
export const askAtOnce = (db: Database, org_id: number, user_id: string, email: string, now: Date) =>
  askErasure(db, systemOf(org_id), { user_id, email, reason: "asked_by_person", immediately: true }, now);
