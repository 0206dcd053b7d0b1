import type { ViewerTitles } from "@twin/contracts/organization";
import { sql } from "drizzle-orm";
import { type Actor, inAuth } from "../actor.ts";
import { recordAuditAs } from "../audit/record.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

const changeViewerTitles = statement(
  "tenancy.set_viewer_titles",
  { org_id: "int", viewer_titles: "boolean" },
  {},
  (p) => sql`update auth.organizations set viewer_titles = ${p.viewer_titles} where id = ${p.org_id}`,
  { plan: "each" },
);

/** Lets an organisation's viewers read titles and other words of people about activities, or no longer. */
export const setViewerTitles = (db: Database, actor: Actor, { viewer_titles }: ViewerTitles): Promise<ViewerTitles> =>
  inAuth(db, async (tx) => {
    await tx.query(changeViewerTitles({ org_id: actor.org_id, viewer_titles }));
    await recordAuditAs(tx, actor, {
      action: "organization.set_viewer_titles",
      object_type: "organization",
      object_id: String(actor.org_id),
      details: { viewer_titles },
    });
    return { viewer_titles };
  });
