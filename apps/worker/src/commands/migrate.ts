import { migrate } from "@twin/db/postgres/migrate";
import { type Command, exit } from "./command.ts";
import { place } from "./database.ts";

/** `migrate`. */
export const migrateCommand: Command = {
  name: "migrate",
  summary: "Bring the database to the newest schema",
  notes: "Safe to run at any time and from several places at once: one runs, the others wait.",
  async run(call) {
    await migrate(place().direct);
    call.out.result({ migrated: true }, ["The database is current."]);
    return exit.ok;
  },
};
