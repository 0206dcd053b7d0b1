import { setViewerTitles } from "@twin/db/tenancy/organizations/set-viewer-titles";
import { type Command, exit, UsageError } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";

/** `org set-viewer-titles SLUG on|off`. */
export const orgSetViewerTitles: Command = {
  name: "org set-viewer-titles",
  summary: "Let an organisation's viewers read titles and descriptions, or no longer",
  words: ["SLUG", "on|off"],
  notes:
    "Viewers see kinds, counts and times; titles, topics, descriptions, purposes, sources and metadata only where this is on.",
  run(call) {
    const [slug, state] = call.words as [string, string];
    if (state !== "on" && state !== "off") throw new UsageError("say on or off");
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, slug);
      const actor = commandActor(org_id, "org set-viewer-titles");
      const answer = await setViewerTitles(db, actor, { viewer_titles: state === "on" });
      call.out.result(answer, [
        `Viewers of ${slug} ${answer.viewer_titles ? "read titles now" : "don't read titles"}.`,
      ]);
      return exit.ok;
    });
  },
};
