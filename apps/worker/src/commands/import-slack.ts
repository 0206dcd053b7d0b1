import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { IngestRecord } from "@twin/contracts/ingest";
import { openExport } from "@twin/integrations/slack/export-files";
import { BadExport } from "@twin/integrations/slack/files";
import { type ReadExport, readExport, type SlackExport, tellExport } from "@twin/integrations/slack/records";
import { nothingStored } from "@twin/integrations/slack/stored";
import { BadTwins, type TwinEntry } from "@twin/integrations/slack/twin-entries";
import { type Call, type Command, exit, Failure, UsageError } from "./command.ts";
import { littleGarbage } from "./import/little-garbage.ts";
import { intoOrganization, runImport, type Target } from "./import/run-import.ts";
import { itemsOf } from "./slack/items.ts";
import { ask, readEntries, refuse } from "./slack/name-bots.ts";
import { storedIn } from "./slack/stored-in.ts";
import { isPartly, toldOf } from "./slack/summary.ts";
import { count } from "@twin/wording/format";

async function* recordsOf(slack: SlackExport): AsyncGenerator<IngestRecord> {
  yield* slack.people();
  yield* slack.conversations();
}

async function writeNdjson(call: Call, slack: SlackExport, path: string): Promise<number> {
  let records = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const record of recordsOf(slack)) {
      records++;
      yield `${JSON.stringify(record)}\n`;
    }
  }
  const toOutput = path === "-";
  await pipeline(lines, toOutput ? process.stdout : createWriteStream(path, { mode: 0o600 }), { end: !toOutput }).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.syscall === undefined ? error : new Failure(`${path} cannot be written: ${error.message}.`);
    },
  );
  const told = toldOf(slack);
  const { source } = slack.read;
  const said = [`${count(records)} records written to ${path} (source ${source})`, ...told.lines];
  if (toOutput) for (const line of said) call.out.remark(line);
  else call.out.result({ records, file: path, source, ...told.fields }, said);
  return isPartly(slack) ? exit.partly : exit.ok;
}

/** Tells what an import would store, and stores nothing. */
async function dryRun(call: Call, slack: SlackExport): Promise<number> {
  let records = 0;
  for await (const _ of recordsOf(slack)) records++;
  const told = toldOf(slack);
  const { source } = slack.read;
  call.out.result({ dry_run: true, records, source, ...told.fields }, [
    `${count(records)} records would be sent as ${source}; nothing was written`,
    ...told.lines,
  ]);
  return isPartly(slack) ? exit.partly : exit.ok;
}

async function bringIn(call: Call, read: ReadExport, entries: TwinEntry[], target: Target): Promise<number> {
  const stored = await storedIn(target.db, target.actor, read.source);
  const slack = await tellExport(read, entries, stored);
  if (call.isSet("dry-run")) return dryRun(call, slack);
  return runImport(call, target, {
    source: read.source,
    items: () => itemsOf(target.db, target.actor, slack, stored),
    fraction: () => slack.progress(),
    also: () => ({ ...toldOf(slack), failure: null, partly: isPartly(slack) }),
  });
}

async function run(call: Call, read: ReadExport): Promise<number> {
  try {
    let entries = await readEntries(call, read.files);
    if (entries.length === 0) entries = await ask(call, read);
    if (entries.length === 0) return refuse(call, read, "It isn't said which bots are twins, so nothing was written.");
    const path = call.text("to-ndjson");
    if (path !== undefined) return await writeNdjson(call, await tellExport(read, entries), path);
    if (call.text("org") === undefined) return await dryRun(call, await tellExport(read, entries, nothingStored));
    return await intoOrganization(call, "import slack", (target) => bringIn(call, read, entries, target));
  } catch (error) {
    if (error instanceof BadTwins) return refuse(call, read, `${error.message} Nothing was written.`);
    throw error;
  }
}

/** `import slack ZIP|DIR`: a Slack export, conversations with the bots that are named. */
export const importSlack: Command = {
  name: "import slack",
  summary: "Bring in a Slack export, a zip or a folder",
  words: ["ZIP|DIR"],
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation to import into" },
    bot: {
      type: "string",
      value: "NAME|ID[=OWNER]",
      multiple: true,
      help: "a bot that is a twin, and whose (an e-mail address or a Slack id; else the workspace's owner's); repeatable",
    },
    twins: { type: "string", value: "FILE", help: "the same as a list in JSON or CSV: bot, owner, name" },
    team: { type: "string", value: "ID", help: "the workspace's id (T…), where the export doesn't say it" },
    "dry-run": { type: "boolean", help: "tell what would come in and what would be left out, and write nothing" },
    "to-ndjson": {
      type: "string",
      value: "FILE",
      help: "write ingest records to FILE (- for standard output) instead",
    },
    rejects: { type: "string", value: "FILE", help: "keep every rejected record with its reason in FILE" },
  },
  notes: [
    "Threads in which a named bot speaks become conversations; in direct messages with it, each day. Without --bot and",
    "--twins, twins.json or twins.csv in the export or beside it says which bots are twins; without that nothing is",
    "written, and the bots that speak are listed. Exports may overlap and come in any order; the same one again changes",
    "nothing. Every message is imported or counted by the reason why not. A file that can't be read is named (exit 3).",
  ].join("\n"),
  async run(call) {
    if (call.text("to-ndjson") === undefined && call.text("org") === undefined && !call.isSet("dry-run"))
      throw new UsageError(
        "import slack needs --org SLUG, or --to-ndjson FILE to only write the records, or --dry-run",
      );
    littleGarbage();
    try {
      const files = await openExport(call.words[0]!);
      try {
        return await run(call, await readExport(files, call.text("team"), Date.now()));
      } finally {
        files.close();
      }
    } catch (error) {
      if (error instanceof BadExport) throw new Failure(error.message);
      throw error;
    }
  },
};
