import type { KnownConversation } from "@twin/db/records/ingest/known";
import type { IngestRecord, RecordOf } from "@twin/contracts/ingest";
import type { Bot, Speakers } from "./speakers.ts";
import type { NamedTwin } from "./choose-twins.ts";
import type { ExportFiles } from "./files.ts";
import type { LeftOut } from "./left-out.ts";
import { editedAt, type Heard, isLeft, tsOf } from "./message.ts";
import type { Row } from "./people.ts";
import { clamp, iso, storable } from "./record-text.ts";
import type { Stored } from "./stored.ts";
import { type Names, sayingOf } from "./text.ts";
import {
  type ChannelIndex,
  dayMicros,
  groupByDay,
  indexChannel,
  isLong,
  readRows,
  type Thread,
} from "./thread-index.ts";
import type { Channel, Workspace } from "./workspace.ts";

/** What the records of conversations are made from. */
export interface Telling {
  files: ExportFiles;
  workspace: Workspace;
  speakers: Speakers;
  names: Names;
  now: number;
  twins: ReadonlyMap<Bot, NamedTwin>;
  stored: Stored;
  leftOut: LeftOut;
  told: Told;
}

/** What was told so far. */
export interface Told {
  conversations: number;
  messages: number;
  bytes: number;
  /** Stored conversations that this export would have given to somebody else. */
  begunByOthers: number;
  /** Messages that are stored and gone from this export. */
  gone: number;
}

/** Messages told inside their activity; further ones follow as records of their own, so that a record stays small. */
const nestedAtMost = 500;
const nestedBytes = 1_000_000;
/** Words that are held until they are told, of one file. */
const heldBytes = 8_000_000;
const lookedUpAtOnce = 500;

/** A thread that is told, and what of it is stored already. */
interface Plan {
  thread: Thread;
  key: string;
  twin: NamedTwin | null;
  user: string | null;
  known: KnownConversation | null;
  /** Stored messages that weren't found in this export yet, by their milliseconds. */
  missing: Map<number, number>;
  isTold: boolean;
}
interface Message {
  ms: number;
  fields: RecordOf<"message"> extends infer R ? Omit<R, "type" | "conversation"> : never;
}

const keyOf = (channel: Channel, thread: Thread) => `${channel.id}:${thread.day ?? tsOf(thread.key)}`;

/** The first named bot that speaks; of a day that it says nothing on, the one whose direct messages these are. */
function twinOf(thread: Thread, channel: Channel, { twins, speakers }: Telling): NamedTwin | null {
  const spoke = thread.bots.flatMap(({ bot, at }) => (twins.has(bot) ? [{ twin: twins.get(bot)!, at }] : []));
  const [first] = spoke.toSorted((a, b) => a.at - b.at);
  if (first) return first.twin;
  if (thread.day === null) return null;
  return channel.members.map((id) => twins.get(speakers.bot(id)!)).find((twin) => twin !== undefined) ?? null;
}

/** Who began it: the author of its first message by a person, or whom Slack names where that isn't there. */
function userOf(thread: Thread, speakers: Speakers): string | null {
  const { isParentHeard, parentUser, person } = thread;
  return !isParentHeard && parentUser !== null && speakers.isPerson(parentUser) ? parentUser : (person?.id ?? null);
}

const isDirect = (channel: Channel, index: ChannelIndex, { twins, speakers }: Telling): boolean =>
  channel.kind === "dm" &&
  ([...index.bots.keys()].some((bot) => twins.has(bot)) || channel.members.some((id) => twins.has(speakers.bot(id)!)));

/** Which threads of a channel are told, and counts the others. */
async function plan(channel: Channel, index: ChannelIndex, telling: Telling): Promise<Map<Thread, Plan>> {
  const { speakers, stored, leftOut } = telling;
  const mayBeStored = ({ key, day }: Thread) =>
    day === null
      ? stored.beganIn(Math.floor(key / 1000), Math.floor(key / 1000))
      : stored.beganIn(Date.parse(day), Date.parse(day) + dayMicros / 1000);
  const plans = new Map<Thread, Plan>();
  const leave = (thread: Thread, twin: NamedTwin | null, user: string | null) => {
    if (thread.messages === 0) return;
    const reason = twin === null ? "without_named_bot" : user === null ? "without_person" : "too_long";
    leftOut.leaveThreads(reason, 1, thread.messages);
  };
  const waiting: Plan[] = [];
  const lookUp = async () => {
    const wanted = waiting.splice(0);
    const known = await stored.conversations(
      // Who would choose nobody has nothing to compare.
      wanted.map(({ key, user, twin }) =>
        twin === null || user === null ? { key, user: null, twin: null } : { key, user, twin: twin.key },
      ),
    );
    for (const one of wanted) {
      const { thread, twin, user } = one;
      one.known = known.get(one.key) ?? null;
      if (one.known === null && (thread.messages === 0 || twin === null || user === null || isLong(thread))) {
        leave(thread, twin, user);
        continue;
      }
      for (const ms of one.known?.message_times ?? []) one.missing.set(ms, (one.missing.get(ms) ?? 0) + 1);
      if (one.known?.is_same === false) telling.told.begunByOthers++;
      plans.set(thread, one);
    }
  };
  for (const thread of [...index.threads.values(), ...index.days.values()]) {
    const [twin, user] = [twinOf(thread, channel, telling), userOf(thread, speakers)];
    const isNew = thread.messages > 0 && twin !== null && user !== null && !isLong(thread);
    if (isNew || mayBeStored(thread))
      waiting.push({ thread, key: keyOf(channel, thread), twin, user, known: null, missing: new Map(), isTold: false });
    else leave(thread, twin, user);
    if (waiting.length >= lookedUpAtOnce) await lookUp();
  }
  await lookUp();
  return plans;
}

/** Messages outside of threads that may have begun one which is stored; the others are left out and counted. */
function splitAlone(index: ChannelIndex, { stored, leftOut, twins }: Telling): void {
  for (const message of index.alone) {
    const { at, speaker } = message;
    if (stored.beganIn(Math.floor(at / 1000), Math.floor(at / 1000))) {
      index.threads.set(at, {
        key: at,
        day: null,
        first: at,
        last: at,
        messages: 1,
        hasParent: true,
        isParentHeard: true,
        parentUser: null,
        person: speaker.kind === "person" ? { id: speaker.id, at } : null,
        bots: speaker.kind === "bot" ? [{ bot: speaker.bot, at }] : [],
      });
    } else {
      const isNamed = speaker.kind === "bot" && twins.has(speaker.bot);
      leftOut.leaveThreads(isNamed ? "without_person" : "without_named_bot", 1, 1);
    }
  }
  index.alone = [];
}

/** A message as the contract wants it; ties of a millisecond are told apart by the microseconds that are left. */
function messageOf(raw: Row, { at, speaker }: Heard, plan: Plan, channel: Channel, telling: Telling): Message {
  const edited = editedAt(raw, telling.now);
  const twin = speaker.kind === "bot" ? telling.twins.get(speaker.bot) : undefined;
  const isThreads = plan.known ? twin?.stored?.id === plan.known.twin_id : twin === plan.twin;
  return {
    ms: Math.floor(at / 1000),
    fields: {
      external_id: `${channel.id}:${tsOf(at)}`,
      ...(speaker.kind === "person"
        ? { sender_type: "user" as const, user: speaker.id }
        : { sender_type: "twin" as const }),
      content: storable(sayingOf(raw, telling.names)),
      seq: at % 1000,
      created_at: iso(at),
      ...(edited !== null && { edited_at: iso(edited) }),
      ...(twin && !isThreads && { metadata: { bot: storable(twin.name) } }),
      updated_at: iso(edited ?? at),
    },
  };
}

const titles = { channel: "Thread in #", group: "Thread in ", mpim: "Group message ", dm: "Direct message " };

/** The activity of a conversation with its first messages. */
function activityOf({ thread, key, twin, user, known }: Plan, channel: Channel, nested: Message[]): IngestRecord {
  const before = known?.message_times.at(-1) ?? 0;
  const last = iso(Math.max(thread.last, before * 1000, thread.key));
  const isWhole = thread.hasParent || (known !== null && known.ended_at !== null);
  return {
    type: "activity",
    external_id: key,
    user: known?.user_id ?? user!,
    twin: known?.twin_id ?? twin!.key,
    activity_type: "conversation",
    started_at: known?.started_at ?? iso(thread.key),
    ...(isWhole && { ended_at: last }),
    platform: "slack",
    conversation: {
      title: clamp(titles[channel.kind] + channel.name),
      topic: clamp(channel.name),
      messages: nested.map(({ fields }) => fields),
    },
    updated_at: last,
  };
}

/** What of a thread one file holds: its activity where it comes first, then the messages that don't fit in it. */
function* tellThread(plan: Plan, messages: Message[], channel: Channel): Generator<IngestRecord> {
  const nested: Message[] = [];
  if (!plan.isTold && plan.known?.is_sealed !== true) {
    let bytes = 0;
    for (const message of messages) {
      bytes += message.fields.content?.length ?? 0;
      if (nested.length >= nestedAtMost || (bytes > nestedBytes && nested.length > 0)) break;
      nested.push(message);
    }
    yield activityOf(plan, channel, nested);
  }
  plan.isTold = true;
  for (const { fields } of messages.slice(nested.length)) yield { type: "message", conversation: plan.key, ...fields };
}

/** What of the stored messages lies in times that this export holds everything of, and isn't there. */
function countGone(plans: Iterable<Plan>, { spans }: ChannelIndex): number {
  const days = new Map<number, { from: number; to: number }[]>();
  for (const span of spans)
    for (let day = Math.floor(span.from / dayMicros); day <= span.to / dayMicros; day++)
      days.set(day, [...(days.get(day) ?? []), span]);
  const isHeld = (ms: number) =>
    days
      .get(Math.floor((ms * 1000) / dayMicros))
      ?.some(({ from, to }) => ms >= Math.floor(from / 1000) && ms <= to / 1000);
  let gone = 0;
  for (const { missing } of plans) for (const [ms, count] of missing) if (isHeld(ms)) gone += count;
  return gone;
}

/** Tells a channel: who is in its threads is found first, then their words are read file by file. */
export async function* tellChannel(channel: Channel, telling: Telling): AsyncGenerator<IngestRecord> {
  const { files, workspace, speakers, now, twins, leftOut, told } = telling;
  const isNamed = (bot: Bot) => twins.has(bot);
  const index = await indexChannel(files, channel, speakers, now, workspace.trouble, isNamed);
  for (const [reason, count] of index.leftOut) leftOut.leave(reason, count);
  if (isDirect(channel, index, telling)) groupByDay(index, isNamed);
  else splitAlone(index, telling);
  const plans = await plan(channel, index, telling);
  const planOf = (at: number, thread: number | null): Plan | undefined => {
    const found = index.threads.get(thread ?? at) ?? index.days.get(Math.floor(at / dayMicros));
    return found && plans.get(found);
  };
  const seen = new Map<number, number>();
  for (const name of channel.files) {
    told.bytes += files.size(name);
    if (plans.size === 0 || workspace.trouble.unreadable.has(name)) continue;
    const held = new Map<Plan, Message[]>();
    let bytes = 0;
    const flush = function* () {
      for (const [one, messages] of held) yield* tellThread(one, messages, channel);
      held.clear();
      bytes = 0;
    };
    for await (const rows of readRows(files, name, speakers, now)) {
      for (const { raw, row } of rows) {
        const one = row.at === null ? undefined : planOf(row.at, row.thread);
        if (!one) continue;
        const ms = Math.floor(row.at! / 1000);
        const isOther = !isLeft(row) && row.speaker.kind === "bot" && !isNamed(row.speaker.bot);
        const left = one.missing.get(ms);
        if (left !== undefined && !(isLeft(row) && row.isGone)) one.missing.set(ms, left - 1);
        if (isLeft(row)) continue;
        const edited = editedAt(raw as Row, now) ?? 0;
        const before = seen.get(row.at);
        seen.set(row.at, Math.max(before ?? 0, edited));
        if (before !== undefined) leftOut.leave("twice in the export");
        else if (isOther) leftOut.leave("by other bots");
        else told.messages++;
        if (isOther || (before !== undefined && edited <= before)) continue;
        const message = messageOf(raw as Row, row, one, channel, telling);
        const messages = held.get(one);
        if (messages) messages.push(message);
        else held.set(one, [message]);
        bytes += message.fields.content?.length ?? 0;
      }
      if (bytes > heldBytes) yield* flush();
    }
    yield* flush();
  }
  for (const one of plans.values()) {
    if (one.isTold) told.conversations++;
    else if (one.known && one.known.ended_at === null && one.thread.hasParent && !one.known.is_sealed)
      yield activityOf(one, channel, []);
  }
  told.gone += countGone(plans.values(), index);
}
