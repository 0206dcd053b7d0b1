import { randomUUID } from "node:crypto";
import type { Annotation, CreateAnnotationInput } from "@twin/contracts/annotations";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { annotationColumns, annotationRow } from "./list.ts";

const insertAnnotation = statement(
  "figures.insert_annotation",
  { org_id: "int", id: "uuid", day: "date", text: "text", by: "text", now: "timestamptz" },
  annotationRow,
  (p) => sql`
    insert into annotations (org_id, id, day, text, created_by, created_at)
    values (${p.org_id}, ${p.id}, ${p.day}, ${p.text}, ${p.by}, ${p.now})
    on conflict (org_id, day, text) do nothing returning ${annotationColumns}`,
);

const sameAnnotation = statement(
  "figures.same_annotation",
  { org_id: "int", day: "date", text: "text" },
  annotationRow,
  (p) => sql`
    select ${annotationColumns} from annotations where org_id = ${p.org_id} and day = ${p.day} and text = ${p.text}`,
);

/** Tells what happened on a day; where the same words stand there, they are the answer. @throws CONFLICT in the moment when they go */
export const createAnnotation = (
  db: Database,
  actor: Actor,
  { day, text }: CreateAnnotationInput,
  now: Date,
): Promise<Annotation> =>
  inTenant(db, actor, async (tx) => {
    const { org_id } = tx;
    const by = actor.kind === "system" ? actor.job : actor.name;
    const [made] = await tx.query(
      insertAnnotation({ org_id, id: randomUUID(), day, text, by, now: now.toISOString() }),
    );
    if (!made) {
      const [same] = await tx.query(sameAnnotation({ org_id, day, text }));
      if (!same) throw new DomainError("CONFLICT", "the same words were taken away just now: try again");
      return same;
    }
    const details = { day, text };
    await recordAudit(tx, { action: "annotation.create", object_type: "annotation", object_id: made.id, details });
    return made;
  });
