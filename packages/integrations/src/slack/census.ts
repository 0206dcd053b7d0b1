import type { Bot, Speakers } from "./speakers.ts";
import { readElements } from "./elements.ts";
import { BadFile, type ExportFiles } from "./files.ts";
import { LeftOut } from "./left-out.ts";
import { isRow, textOf } from "./people.ts";
import { type ChannelIndex, groupByDay, indexChannel } from "./thread-index.ts";
import type { Channel, Workspace } from "./workspace.ts";

/** What a bot does in an export. */
export interface BotTally {
  messages: number;
  /** Threads in which it and a person speak. */
  threads: number;
  /** Its first message, microseconds. */
  since: number;
  /** Who began threads that it speaks in, where the beginning isn't in the export. */
  parents: Set<string>;
}

/** What a channel holds, in numbers. */
export interface ChannelTally {
  leftOut: Map<string, number>;
  messages: number;
  threads: number;
  bots: Bot[];
}

/** What must be known of the whole export before its first conversation is told. */
export interface Census {
  /** Who wrote a message that counts. */
  people: Set<string>;
  bots: Map<Bot, BotTally>;
  channels: Map<Channel, ChannelTally>;
  /** Messages in folders that no list of channels names. */
  unlisted: LeftOut;
  /** The team that most messages name; null if none does. */
  team: string | null;
}

const newTally = (): BotTally => ({ messages: 0, threads: 0, since: Infinity, parents: new Set() });

function tallyBots(census: Census, index: ChannelIndex): void {
  const of = (bot: Bot): BotTally => {
    const tally = census.bots.get(bot) ?? newTally();
    census.bots.set(bot, tally);
    return tally;
  };
  for (const [bot, { messages, since }] of index.bots) {
    const tally = of(bot);
    tally.messages += messages;
    tally.since = Math.min(tally.since, since);
  }
  for (const thread of [...index.threads.values(), ...index.days.values()])
    for (const { bot } of thread.bots) {
      const tally = of(bot);
      if (thread.person !== null || thread.parentUser !== null) tally.threads++;
      if (!thread.isParentHeard && thread.parentUser !== null) tally.parents.add(thread.parentUser);
    }
}

/** Ids that turned out to be one bot's. */
function settle(census: Census, speakers: Speakers): void {
  const settled = new Map<Bot, BotTally>();
  for (const [stale, tally] of census.bots) {
    const bot = speakers.bot(stale.id) ?? stale;
    const before = settled.get(bot) ?? newTally();
    for (const id of [...tally.parents, ...before.parents]) if (speakers.isPerson(id)) before.parents.add(id);
    before.messages += tally.messages;
    before.threads += tally.threads;
    before.since = Math.min(before.since, tally.since);
    settled.set(bot, before);
  }
  census.bots = settled;
  for (const id of census.people) if (!speakers.isPerson(id)) census.people.delete(id);
  for (const tally of census.channels.values())
    tally.bots = [...new Set(tally.bots.map((bot) => speakers.bot(bot.id) ?? bot))];
}

async function countUnlisted(files: ExportFiles, workspace: Workspace, leftOut: LeftOut): Promise<void> {
  const named: string[] = [];
  for (const folder of workspace.unlisted) {
    let messages = 0;
    for (const name of folder.files)
      try {
        for await (const elements of readElements(files, name)) messages += elements.length;
      } catch (error) {
        if (!(error instanceof BadFile)) throw error;
      }
    if (messages === 0) continue;
    leftOut.leaveFolder(messages);
    named.push(folder.name);
  }
  if (named.length === 0) return;
  const more = named.length > 10 ? ` and ${named.length - 10} more` : "";
  workspace.notes.push(`Folders that no list of channels names: ${named.slice(0, 10).join(", ")}${more}.`);
}

/** The team that people's messages name, where users.json names nobody. */
async function teamOfMessages(files: ExportFiles, channels: readonly Channel[]): Promise<string | null> {
  const counts = new Map<string, number>();
  for (const name of channels.flatMap((channel) => channel.files).slice(0, 100))
    try {
      for await (const elements of readElements(files, name))
        for (const element of elements) {
          const team = "value" in element && isRow(element.value) ? textOf(element.value["team"]) : null;
          if (team !== null) counts.set(team, (counts.get(team) ?? 0) + 1);
        }
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
    }
  return [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0] ?? null;
}

/** Goes through the export once and keeps who spoke, and how much; memory is one channel's threads. */
export async function takeCensus(
  files: ExportFiles,
  workspace: Workspace,
  speakers: Speakers,
  now: number,
): Promise<Census> {
  const census: Census = {
    people: new Set(),
    bots: new Map(),
    channels: new Map(),
    unlisted: new LeftOut(),
    team: workspace.people.size === 0 ? await teamOfMessages(files, workspace.channels) : null,
  };
  for (const channel of workspace.channels) {
    const index = await indexChannel(files, channel, speakers, now, workspace.trouble);
    for (const id of index.people) census.people.add(id);
    const threads = [...index.threads.values()];
    census.channels.set(channel, {
      leftOut: index.leftOut,
      messages: threads.reduce((sum, one) => sum + one.messages, index.alone.length),
      threads: threads.filter(({ messages }) => messages > 0).length + index.alone.length,
      bots: [...index.bots.keys()],
    });
    if (channel.kind === "dm") groupByDay(index, () => true);
    tallyBots(census, index);
  }
  await countUnlisted(files, workspace, census.unlisted);
  settle(census, speakers);
  return census;
}
