import type { ViewerTitles } from "@twin/contracts/organization";
import { type Actor, inAuth } from "../actor.ts";
import { recordAuditAs } from "../audit/record.ts";
import type { Database } from "../../postgres/connect.ts";

/** Lets an organisation's viewers read titles and other words of people about activities, or no longer. */
export const setViewerTitles = (db: Database, actor: Actor, { viewer_titles }: ViewerTitles): Promise<ViewerTitles> =>
  inAuth(db, async (tx) => {
    await tx.query({
      text: "update auth.organizations set viewer_titles = $2 where id = $1",
      values: [actor.org_id, viewer_titles],
    });
    await recordAuditAs(tx, actor, {
      action: "organization.set_viewer_titles",
      object_type: "organization",
      object_id: String(actor.org_id),
      details: { viewer_titles },
    });
    return { viewer_titles };
  });
