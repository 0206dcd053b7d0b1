import type { NoteFileInput } from "@twin/contracts/audit";
import type { Database } from "../../postgres/connect.ts";
import { type Actor, inTenant } from "../actor.ts";
import { recordAudit } from "./record.ts";

/**
 * Writes down that a list was taken along as a file, and what it was narrowed down by. What was searched for isn't: it may be the
 * name of somebody who is erased later.
 */
export const noteFile = (db: Database, actor: Actor, { list, asked }: NoteFileInput): Promise<void> =>
  inTenant(db, actor, (tx) =>
    recordAudit(tx, {
      action: "csv.export",
      object_type: "list",
      object_id: list,
      details: "search" in asked ? { ...asked, search: "…" } : asked,
    }),
  );
