import type { Annotation } from "@twin/contracts/annotations";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { annotationColumns, annotationRow } from "./list.ts";

const deleteAnnotation = statement(
  "figures.delete_annotation",
  { org_id: "int", id: "uuid" },
  annotationRow,
  (p) => sql`delete from annotations where org_id = ${p.org_id} and id = ${p.id} returning ${annotationColumns}`,
);

/** Takes an annotation away. @returns it as it was, so that it can be written again @throws NOT_FOUND */
export const removeAnnotation = (db: Database, actor: Actor, { id }: { id: string }): Promise<Annotation> =>
  inTenant(db, actor, async (tx) => {
    const [gone] = await tx.query(deleteAnnotation({ org_id: tx.org_id, id }));
    if (!gone) throw new DomainError("NOT_FOUND", "no such annotation", { path: "id" });
    const { day, text } = gone;
    const details = { day, text };
    await recordAudit(tx, { action: "annotation.remove", object_type: "annotation", object_id: id, details });
    return gone;
  });
