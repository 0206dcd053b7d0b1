import { IngestRecord, NestedMessage, type RecordOf } from "@twin/contracts/ingest";
import { openExport } from "../../src/slack/export-files.ts";
import { readExport, type SlackExport, tellExport } from "../../src/slack/records.ts";
import { readBotFlag, readTwinsInside } from "../../src/slack/twin-entries.ts";

/** How an export is read: with which bots, and as which workspace. */
export interface Reading {
  bots?: string[];
  team?: string;
  /** When, milliseconds. */
  now?: number;
}

export const inSlackTime = (at: string | undefined, from: string) => (Date.parse(at ?? "") - Date.parse(from)) / 1000;

function lineOf({ external_id, user, twin, started_at, ended_at, conversation }: RecordOf<"activity">): string {
  const messages = (conversation?.messages ?? []).map((one) => {
    const { sender_type, user: author, content, metadata } = NestedMessage.parse(one);
    const who = sender_type === "user" ? author : (metadata?.["bot"] ?? "twin");
    return `${String(who)} “${content}”`;
  });
  const lasts = ended_at ? `${inSlackTime(ended_at, started_at)} s` : "open";
  return `${external_id} ${user} with ${twin}, ${lasts}: ${messages.join(", ")}`;
}

/** What comes out of an export, without a database: conversations a line each, and what was left out. */
export async function tellOf(path: string, { bots = ["AskGPT=u1@x.example"], team, now = Date.now() }: Reading = {}) {
  const files = await openExport(path);
  try {
    const read = await readExport(files, team, now);
    const entries = (await readTwinsInside(files)) ?? bots.map(readBotFlag);
    const slack: SlackExport = await tellExport(read, entries);
    const records: IngestRecord[] = [...slack.people()];
    for await (const record of slack.conversations()) records.push(record);
    const of = <T extends IngestRecord["type"]>(type: T) =>
      records.map((one) => IngestRecord.parse(one)).filter((one): one is RecordOf<T> => one.type === type);
    const { unreadable, damaged } = read.workspace.trouble;
    return {
      slack,
      of,
      source: read.source,
      conversations: of("activity").map(lineOf),
      people: of("user").map(({ external_id, full_name, is_active }) =>
        [external_id, full_name, ...(is_active === false ? ["gone"] : [])].join(" "),
      ),
      twins: of("twin").map(({ external_id, name, user }) => `${external_id} ${name} of ${user}`),
      leftOut: {
        ...Object.fromEntries(slack.leftOut.messages),
        ...Object.fromEntries([...slack.leftOut.threads].map(([reason, { messages }]) => [reason, messages])),
        ...(slack.leftOut.folders.folders > 0 && { folders: slack.leftOut.folders.folders }),
        ...(slack.leftOut.folders.messages > 0 && { in_folders: slack.leftOut.folders.messages }),
      },
      total: slack.leftOut.total + slack.told.messages,
      unreadable: [...unreadable.values(), ...damaged.keys()],
      notes: slack.notes,
    };
  } finally {
    files.close();
  }
}
