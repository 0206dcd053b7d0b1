import type { Command } from "./command.ts";
import { importNdjson } from "./import-ndjson.ts";
import { importSlack } from "./import-slack.ts";
import { keysCreate, keysLs, keysRevoke } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { orgCreate, orgLs } from "./org.ts";

/** Every command, in the order of the help. */
export const commands: Command[] = [
  importSlack,
  importNdjson,
  orgCreate,
  orgLs,
  keysCreate,
  keysLs,
  keysRevoke,
  migrateCommand,
];
