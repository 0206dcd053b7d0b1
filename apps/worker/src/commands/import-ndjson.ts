import type { Command } from "./command.ts";
import { UsageError } from "./command.ts";
import { openInput } from "./import/input.ts";
import { intoOrganization, runImport } from "./import/run-import.ts";

/** `import ndjson FILE|-`: ingest records, one a line. */
export const importNdjson: Command = {
  name: "import ndjson",
  summary: "Bring in ingest records, one a line, from a file or the standard input",
  words: ["FILE|-"],
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation to import into", required: true },
    source: { type: "string", value: "NAME", help: "the world whose external ids these are (default: import)" },
    rejects: { type: "string", value: "FILE", help: "keep every rejected record with its reason in FILE" },
  },
  notes: [
    "The file may be packed with gzip. Lines may come in any order: what refers to something that comes later is sent",
    "again. Importing the same file again changes nothing, so an interrupted import is continued by repeating it.",
  ].join("\n"),
  async run(call) {
    const source = call.text("source") ?? "import";
    if (!/^[A-Za-z0-9:_.-]{1,100}$/.test(source))
      throw new UsageError("--source must be 1 to 100 of letters, 0-9, :, _, . and -");
    const input = await openInput(call.words[0]!);
    return intoOrganization(call, "import ndjson", (target) =>
      runImport(call, target, {
        source,
        items: input.items,
        fraction: input.fraction,
        also: () => ({ fields: {}, lines: [], failure: input.failure() }),
      }),
    );
  },
};
