import { randomUUID } from "node:crypto";
import { type Annotation, annotationsKept, type CreateAnnotationInput } from "@twin/contracts/annotations";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import { recordAudit } from "../../tenancy/audit/record.ts";
import { DomainError } from "../../tenancy/errors.ts";
import { annotationColumns, annotationRow } from "./list.ts";

/** By a statement of its own, so that the count below sees what its last holder wrote. */
const lockAnnotations = statement(
  "figures.lock_annotations",
  { org_id: "int" },
  { held: "boolean" },
  (p) => sql`select pg_advisory_xact_lock(hashtext('twin: annotations'), ${p.org_id}) is not null as held`,
);

const countAnnotations = statement(
  "figures.count_annotations",
  { org_id: "int" },
  { kept: "int" },
  (p) => sql`select count(*)::int as kept from annotations where org_id = ${p.org_id}`,
);

const insertAnnotation = statement(
  "figures.insert_annotation",
  { org_id: "int", id: "uuid", day: "date", text: "text", by: "text", now: "timestamptz" },
  annotationRow,
  (p) => sql`
    insert into annotations (org_id, id, day, text, created_by, created_at)
    values (${p.org_id}, ${p.id}, ${p.day}, ${p.text}, ${p.by}, ${p.now})
    returning ${annotationColumns}`,
);

const sameAnnotation = statement(
  "figures.same_annotation",
  { org_id: "int", day: "date", text: "text" },
  annotationRow,
  (p) => sql`
    select ${annotationColumns} from annotations where org_id = ${p.org_id} and day = ${p.day} and text = ${p.text}`,
);

/**
 * Tells what happened on a day; where the same words stand there, they are the answer.
 * @throws CONFLICT where the organisation has as many as are kept
 */
export const createAnnotation = (
  db: Database,
  actor: Actor,
  { day, text }: CreateAnnotationInput,
  now: Date,
): Promise<Annotation> =>
  inTenant(db, actor, async (tx) => {
    const { org_id } = tx;
    await tx.query(lockAnnotations({ org_id }));
    const [same] = await tx.query(sameAnnotation({ org_id, day, text }));
    if (same) return same;
    const [{ kept }] = (await tx.query(countAnnotations({ org_id }))) as [{ kept: number }];
    if (kept >= annotationsKept)
      throw new DomainError(
        "CONFLICT",
        `an organisation keeps ${annotationsKept} notes at most: take one away that nobody needs any more`,
      );
    const by = actor.kind === "system" ? actor.job : actor.name;
    const [made] = (await tx.query(
      insertAnnotation({ org_id, id: randomUUID(), day, text, by, now: now.toISOString() }),
    )) as [Annotation];
    const details = { day, text };
    await recordAudit(tx, { action: "annotation.create", object_type: "annotation", object_id: made.id, details });
    return made;
  });
