import { createInterface } from "node:readline/promises";
import { botName } from "@twin/integrations/slack/speakers";
import { workspaceOwner } from "@twin/integrations/slack/choose-twins";
import { besideExport } from "@twin/integrations/slack/export-files";
import type { ExportFiles } from "@twin/integrations/slack/files";
import type { ReadExport } from "@twin/integrations/slack/records";
import { readBotFlag, readTwinsFile, readTwinsInside, type TwinEntry } from "@twin/integrations/slack/twin-entries";
import { type Call, exit } from "../command.ts";
import { table } from "../output.ts";

/** The twins as named by `--bot` and `--twins`, else by a file in the export or beside it. */
export async function readEntries(call: Call, files: ExportFiles): Promise<TwinEntry[]> {
  const path = call.text("twins");
  const flags = [...call.texts("bot").map(readBotFlag), ...(path === undefined ? [] : await readTwinsFile(path))];
  if (flags.length > 0 || path !== undefined) return flags;
  const inside = await readTwinsInside(files);
  if (inside !== null) return inside;
  for (const name of ["twins.json", "twins.csv"]) {
    const beside = await besideExport(call.words[0]!, name);
    if (beside !== null) return readTwinsFile(beside);
  }
  return [];
}

/** A bot that speaks. */
interface Speaking {
  name: string;
  id: string;
  messages: number;
  threads_with_people: number;
}

function speaking({ census }: ReadExport): Speaking[] {
  return [...census.bots]
    .map(([bot, { messages, threads }]) => ({
      name: botName(bot),
      id: bot.id,
      messages,
      threads_with_people: threads,
    }))
    .toSorted((a, b) => b.threads_with_people - a.threads_with_people || b.messages - a.messages);
}

const quoted = (word: string) => (/^[\w./:@=-]+$/.test(word) ? word : `"${word.replaceAll(/(["\\$`])/g, "\\$1")}"`);

/** The line that names the first bot. */
function lineFor(call: Call, read: ReadExport, [first]: Speaking[]): string {
  const owner = workspaceOwner(read.speakers.people.values());
  const org = call.text("org");
  const bot = `${first?.name ?? "NAME"}=${owner?.email ?? owner?.id ?? "OWNER"}`;
  return [
    "./twinctl import slack",
    quoted(call.words[0]!),
    ...(org === undefined ? [] : ["--org", org]),
    "--bot",
    quoted(bot),
  ].join(" ");
}

const shownAtMost = 30;

function listed(bots: Speaking[]): string[] {
  const rows = bots
    .slice(0, shownAtMost)
    .map(({ name, id, messages, threads_with_people: threads }) => [
      `  ${name}`,
      id,
      String(messages),
      String(threads),
    ]);
  const more = bots.length > shownAtMost ? [`  … and ${bots.length - shownAtMost} more`] : [];
  return [...table([["  name", "id", "messages", "threads with people"], ...rows]), ...more];
}

/** Says why nothing is written, and which bots must be named. @returns the exit code */
export function refuse(call: Call, read: ReadExport, reason: string): number {
  const bots = speaking(read);
  const line = lineFor(call, read, bots);
  const told =
    bots.length === 0
      ? [reason, "No bot speaks in this export, so there is no conversation with a twin in it."]
      : [
          reason,
          "These bots speak in the export:",
          ...listed(bots),
          "Name each that is a twin, and whose it is:",
          `  ${line}`,
        ];
  for (const text of told) call.out.remark(text);
  if (call.out.json) call.out.result({ error: reason, bots, line });
  return exit.usage;
}

/** Asks at the terminal which bots are twins. @returns nothing where no terminal is there */
export async function ask(call: Call, read: ReadExport): Promise<TwinEntry[]> {
  const bots = speaking(read);
  if (call.out.json || !process.stdin.isTTY || !process.stderr.isTTY || bots.length === 0) return [];
  for (const text of ["These bots speak in the export:", ...listed(bots)]) call.out.remark(text);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("Which are twins? NAME=OWNER, or ID=OWNER, with commas between: ");
    return answer
      .split(",")
      .map((word) => word.trim())
      .filter((word) => word !== "")
      .map(readBotFlag);
  } finally {
    terminal.close();
  }
}
