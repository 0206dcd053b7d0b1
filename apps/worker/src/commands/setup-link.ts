import { makeSetupLink } from "@twin/db/access/links";
import { type Command, exit, Failure } from "./command.ts";
import { withDatabase } from "./database.ts";
import { addressOf } from "../public-address.ts";

/** `setup-link`. */
export const setupLink: Command = {
  name: "setup-link",
  summary: "Print the link by which the first owner is created",
  notes: "Whoever opens it owns the installation. It works once, for 7 days; the one printed before ends.",
  run: (call) =>
    withDatabase(async (db) => {
      const token = await makeSetupLink(db);
      if (token === null)
        throw new Failure("Somebody has an account already. Add an owner with: ./twinctl org owner SLUG --owner EMAIL");
      const link = addressOf("/sign-in", { setup: token });
      call.out.result({ setup_link: link }, [link]);
      return exit.ok;
    }),
};
