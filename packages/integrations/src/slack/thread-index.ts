import type { Bot, Speakers, Speaker } from "./speakers.ts";
import { type Element, readElements } from "./elements.ts";
import { BadFile, type ExportFiles } from "./files.ts";
import { type Heard, isLeft, judge, type Left } from "./message.ts";
import { isRow } from "./people.ts";
import type { Channel, Trouble } from "./workspace.ts";

export const dayMicros = 86_400_000_000;
const mostMicros = 366 * dayMicros;

/** A conversation to be: a thread, or in a direct message the messages outside of threads of a UTC day. */
export interface Thread {
  /** The `ts` that Slack knows it by, microseconds; of a day its first message here. */
  key: number;
  day: string | null;
  /** First and last of its messages that count, microseconds; of people and named bots the last one. */
  first: number;
  last: number;
  /** How many of its messages count, whoever spoke. */
  messages: number;
  /** Whether Slack's row of the message that began it is there, be it left out; and whether it counts. */
  hasParent: boolean;
  isParentHeard: boolean;
  parentUser: string | null;
  person: { id: string; at: number } | null;
  /** Each bot that speaks in it, and when it first does. */
  bots: { bot: Bot; at: number }[];
}

/** What a channel holds, message by message counted. */
export interface ChannelIndex {
  threads: Map<number, Thread>;
  /** By day since 1970. */
  days: Map<number, Thread>;
  /** Messages outside of threads, one a thread of its own, in order. */
  alone: { at: number; speaker: Speaker }[];
  leftOut: Map<string, number>;
  /** Who wrote a message that counts. */
  people: Set<string>;
  bots: Map<Bot, { messages: number; since: number }>;
  /** Of each file the times between which it holds every message, microseconds. */
  spans: { from: number; to: number }[];
}

/** Whether a thread's first message here comes so long after its beginning that it can't be told which day that was. */
export const isLong = (thread: Thread): boolean =>
  !thread.isParentHeard && thread.day === null && thread.first - thread.key > mostMicros;

const newThread = (key: number, day: string | null = null): Thread => ({
  key,
  day,
  first: Infinity,
  last: 0,
  messages: 0,
  hasParent: day !== null,
  isParentHeard: day !== null,
  parentUser: null,
  person: null,
  bots: [],
});

/** What a thread learns from one of its messages. `isNamed`: whether a bot's words count. */
function hear(thread: Thread, { at, speaker }: Pick<Heard, "at" | "speaker">, isNamed: (bot: Bot) => boolean): void {
  thread.messages++;
  if (at < thread.first) thread.first = at;
  if (at === thread.key) thread.hasParent = thread.isParentHeard = true;
  if (speaker.kind === "person") {
    if (thread.person === null || at < thread.person.at) thread.person = { id: speaker.id, at };
  } else {
    const known = thread.bots.find(({ bot }) => bot === speaker.bot);
    if (!known) thread.bots.push({ bot: speaker.bot, at });
    else if (at < known.at) known.at = at;
  }
  if (at > thread.last && (speaker.kind === "person" || isNamed(speaker.bot))) thread.last = at;
}

const brokenReason = "can't be read";

function note({ people, bots }: ChannelIndex, { speaker, at }: Heard): void {
  if (speaker.kind === "person") {
    people.add(speaker.id);
    return;
  }
  const tally = bots.get(speaker.bot);
  if (!tally) bots.set(speaker.bot, { messages: 1, since: at });
  else {
    tally.messages++;
    tally.since = Math.min(tally.since, at);
  }
}

/** The rows of a file, judged. @throws BadFile */
export async function* readRows(
  files: ExportFiles,
  name: string,
  speakers: Speakers,
  now: number,
): AsyncGenerator<{ raw: unknown; row: Heard | Left }[]> {
  const broken: Left = { reason: brokenReason, at: null, thread: null, isGone: false };
  const one = (element: Element) => {
    if ("broken" in element || !isRow(element.value)) return { raw: null, row: broken };
    return { raw: element.value, row: judge(element.value, speakers, now) };
  };
  for await (const elements of readElements(files, name)) yield elements.map(one);
}

const notMessages = /(?:^|\/)canvas_in_the_conversation\.json$/i;

/** Whether a file of a channel's folder holds something else than messages, which Slack puts there. */
export const isCanvas = (name: string): boolean => notMessages.test(name);

/** The times of which a file holds everything: its whole day, where it is named after one and holds nothing else. */
function spanOf(name: string, from: number, to: number): { from: number; to: number } {
  const [, day] = /(?:^|\/)(\d{4}-\d{2}-\d{2})\.json$/i.exec(name) ?? [];
  const start = day === undefined ? Number.NaN : Date.parse(day) * 1000;
  return start <= from && to < start + dayMicros ? { from: start, to: start + dayMicros - 1 } : { from, to };
}

/**
 * Goes through a channel once and keeps its threads, not their words: a reply may stand in any later file than its
 * thread. A file that can't be read to its end is named in `trouble` and counts for nothing.
 */
export async function indexChannel(
  files: ExportFiles,
  channel: Channel,
  speakers: Speakers,
  now: number,
  trouble: Trouble,
  isNamed: (bot: Bot) => boolean = () => true,
): Promise<ChannelIndex> {
  const leftOut = new Map<string, number>();
  const leave = (reason: string) => leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const index: ChannelIndex = {
    threads: new Map(),
    days: new Map(),
    alone: [],
    leftOut,
    people: new Set(),
    bots: new Map(),
    spans: [],
  };
  const threadOf = (key: number): Thread => {
    const before = index.threads.get(key);
    if (before) return before;
    const thread = newThread(key);
    index.threads.set(key, thread);
    return thread;
  };
  for (const name of channel.files) {
    if (trouble.unreadable.has(name)) continue;
    const rows: (Heard | Left)[] = [];
    try {
      for await (const read of readRows(files, name, speakers, now)) for (const { row } of read) rows.push(row);
    } catch (error) {
      if (!(error instanceof BadFile)) throw error;
      if (isCanvas(name)) leave("a canvas");
      else trouble.unreadable.set(name, error.message);
      continue;
    }
    let [from, to, broken] = [Infinity, 0, 0];
    for (const row of rows) {
      if (row.at !== null) [from, to] = [Math.min(from, row.at), Math.max(to, row.at)];
      if (isLeft(row)) {
        leave(isCanvas(name) ? "a canvas" : row.reason);
        if (row.reason === brokenReason) broken++;
        if (row.at !== null && row.thread === row.at) threadOf(row.at).hasParent = true;
        continue;
      }
      note(index, row);
      if (row.thread === null) index.alone.push({ at: row.at, speaker: row.speaker });
      else {
        const thread = threadOf(row.thread);
        thread.parentUser ??= row.parentUser;
        hear(thread, row, isNamed);
      }
    }
    if (broken > 0 && !isCanvas(name)) trouble.damaged.set(name, broken);
    if (to > 0) index.spans.push(spanOf(name, from, to));
  }
  // Who began a thread doesn't always know of it.
  index.alone = index.alone.filter(({ at, speaker }) => {
    const thread = index.threads.get(at);
    if (thread) hear(thread, { at, speaker }, isNamed);
    return !thread;
  });
  return index;
}

/** In a direct message with a named bot: what lies outside of threads is a conversation a UTC day. */
export function groupByDay(index: ChannelIndex, isNamed: (bot: Bot) => boolean): void {
  for (const message of index.alone) {
    const number = Math.floor(message.at / dayMicros);
    let thread = index.days.get(number);
    if (!thread) {
      thread = newThread(message.at, new Date(number * 86_400_000).toISOString().slice(0, 10));
      index.days.set(number, thread);
    }
    hear(thread, message, isNamed);
    thread.key = thread.first;
  }
  index.alone = [];
}
