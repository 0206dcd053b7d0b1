import { setTimeZone } from "@twin/db/figures/backfills/set-time-zone";
import { type Command, exit } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";

/** `org set-timezone SLUG ZONE`. */
export const orgSetTimezone: Command = {
  name: "org set-timezone",
  summary: "Change the zone whose days an organisation's figures are by",
  words: ["SLUG", "ZONE"],
  notes:
    "Every open day is computed anew by the workers, behind all that is live. Sealed days stay; the first open one begins where they end, however short or long.",
  run(call) {
    const [slug, zone] = call.words as [string, string];
    return withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, slug);
      const answer = await setTimeZone(db, commandActor(org_id, "org set-timezone"), { timezone: zone }, new Date());
      const { backfill } = answer;
      call.out.result(answer, [
        backfill
          ? `Days of ${slug} are by ${zone} now; backfill ${backfill.id} computes ${backfill.days_total} days anew. Follow it with: ./twinctl backfill --org ${slug} --resume ${backfill.id}`
          : `Days of ${slug} are by ${zone}; there is nothing to compute anew.`,
      ]);
      return exit.ok;
    });
  },
};
