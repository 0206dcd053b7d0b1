import type { Database } from "../src/postgres/connect.ts";
import type { Actor } from "../src/tenancy/actor.ts";
import { askErasure } from "../src/privacy/erasures/ask.ts";
import type { Ledger, LedgerEntry } from "../src/privacy/erasures/ledger.ts";

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

export const systemOf = (org_id: number): Actor => ({ kind: "system", org_id, job: "test", request_id: "test" });

/** Asks for a person's erasure without days of grace. */
export const askAtOnce = (db: Database, org_id: number, user_id: string, email: string, now: Date) =>
  askErasure(db, systemOf(org_id), { user_id, email, reason: "asked_by_person", immediately: true }, now);
