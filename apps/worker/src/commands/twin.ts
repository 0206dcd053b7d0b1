import { setTwinOwner } from "@twin/db/figures/twins/set-owner";
import { type Command, exit } from "./command.ts";
import { commandActor, organizationOf, withDatabase } from "./database.ts";

/** `twin set-owner TWIN`. */
export const twinSetOwner: Command = {
  name: "twin set-owner",
  summary: "Put right whose a twin is",
  words: ["TWIN"],
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation", required: true },
    owner: { type: "string", value: "EMAIL", help: "whose it is, from the beginning", required: true },
  },
  notes: [
    "TWIN is its id, a sender's id for it, or its name where no other twin has it. Who asked somebody else's twin follows",
    "for all days that aren't sealed, within minutes. Records change it again only with a newer updated_at than now.",
  ].join("\n"),
  run: (call) =>
    withDatabase(async (db) => {
      const { org_id } = await organizationOf(db, call.given("org"));
      const owner = call.given("owner");
      const answer = await setTwinOwner(
        db,
        commandActor(org_id, "twin set-owner"),
        { twin: call.words[0]!, owner },
        new Date(),
      );
      call.out.result(answer, [
        answer.owner_id === answer.was_owner_id
          ? `${answer.twin_name} is a twin of ${owner}, as before.`
          : `${answer.twin_name} is a twin of ${owner} now. The worker brings shared use of open days up to date.`,
      ]);
      return exit.ok;
    }),
};
