import type { Annotation, AnnotationsAnswer, ListAnnotationsInput } from "@twin/contracts/annotations";
import { sql } from "drizzle-orm";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";
import { type Actor, inTenant } from "../../tenancy/actor.ts";

/** What a row of an annotation answers with. */
export const annotationRow = {
  id: "uuid",
  day: "text",
  text: "text",
  created_by: "text",
  created_at: "timestamptz",
} as const satisfies Record<keyof Annotation, string>;
/** Its columns, as they are selected or returned. */
export const annotationColumns = sql.raw("id, day::text as day, text, created_by, created_at");

const annotationsOf = statement(
  "figures.annotations",
  { org_id: "int", start_date: "date", end_date: "date", limit: "int" },
  annotationRow,
  (p) => sql`
    select ${annotationColumns} from annotations
    where org_id = ${p.org_id} and day between ${p.start_date} and ${p.end_date}
    order by annotations.day desc, created_at desc, id limit ${p.limit}`,
);

/** What happened on these days, the newest first. */
export const listAnnotations = (db: Database, actor: Actor, input: ListAnnotationsInput): Promise<AnnotationsAnswer> =>
  inTenant(db, actor, async (tx) => ({
    annotations: await tx.query(annotationsOf({ org_id: tx.org_id, ...input })),
  }));
