import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { openExport } from "../slack/export-files.ts";
import { BadExport } from "../slack/files.ts";
import { readSlackExport, type SlackExport } from "../slack/records.ts";
import { type Call, type Command, exit, Failure, UsageError } from "./command.ts";
import type { Item } from "./import/item.ts";
import { runImport } from "./import/run-import.ts";

const number = new Intl.NumberFormat("en-US");

function leftOutLines({ leftOut, notes }: SlackExport): string[] {
  const lines: string[] = [];
  const { threads_without_twin: mute, threads_without_person: empty } = leftOut;
  if (mute > 0)
    lines.push(
      `  ${number.format(mute)} threads in which no twin speaks (${number.format(leftOut.messages_without_twin)} messages); --all-threads brings them in`,
    );
  if (empty > 0)
    lines.push(
      `  ${number.format(empty)} threads without a person (${number.format(leftOut.messages_without_person)} messages)`,
    );
  for (const [reason, count] of Object.entries(leftOut.messages as Record<string, number>).toSorted())
    lines.push(`  ${number.format(count)} messages: ${reason}`);
  return [...(lines.length > 0 ? ["left out", ...lines] : ["nothing was left out"]), ...notes];
}

async function* itemsOf(slack: SlackExport): AsyncGenerator<Item> {
  let index = 0;
  for await (const record of slack.records()) yield { index: index++, bytes: JSON.stringify(record).length, record };
}

async function writeNdjson(call: Call, slack: SlackExport, path: string): Promise<number> {
  let records = 0;
  async function* lines(): AsyncGenerator<string> {
    for await (const record of slack.records()) {
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
  const told = [
    `${number.format(records)} records written to ${path} (source ${slack.source})`,
    ...leftOutLines(slack),
  ];
  if (toOutput) for (const line of told) call.out.remark(line);
  else
    call.out.result({ records, file: path, source: slack.source, left_out: slack.leftOut, notes: slack.notes }, told);
  return exit.ok;
}

/** `import slack ZIP|DIR`: a Slack export, whole threads. */
export const importSlack: Command = {
  name: "import slack",
  summary: "Bring in a Slack export, a zip or a folder",
  words: ["ZIP|DIR"],
  flags: {
    org: { type: "string", value: "SLUG", help: "the organisation to import into" },
    "to-ndjson": {
      type: "string",
      value: "FILE",
      help: "write ingest records to FILE (- for standard output) instead",
    },
    "all-threads": { type: "boolean", help: "threads in which no twin speaks too, each under a twin of its channel" },
    rejects: { type: "string", value: "FILE", help: "keep every rejected record with its reason in FILE" },
  },
  notes: [
    "Threads become conversations; twins.json, in the export or beside it, tells whose twin a bot is. A later export",
    "that extends the threads updates them; the same one again changes nothing.",
  ].join("\n"),
  async run(call) {
    const path = call.text("to-ndjson");
    if (path === undefined && call.text("org") === undefined)
      throw new UsageError("import slack needs --org SLUG, or --to-ndjson FILE to only write the records");
    try {
      const files = await openExport(call.words[0]!);
      try {
        const slack = await readSlackExport(files, call.isSet("all-threads"));
        if (path !== undefined) return await writeNdjson(call, slack, path);
        return await runImport(call, {
          command: "import slack",
          source: slack.source,
          items: () => itemsOf(slack),
          fraction: () => slack.progress(),
          also: () => ({
            fields: { left_out: slack.leftOut, notes: slack.notes },
            lines: leftOutLines(slack),
            failure: null,
          }),
        });
      } finally {
        files.close();
      }
    } catch (error) {
      if (error instanceof BadExport) throw new Failure(error.message);
      throw error;
    }
  },
};
