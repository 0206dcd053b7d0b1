import type { Cast } from "./cast.ts";
import type { ExportFiles } from "./files.ts";
import { judge, rawMessages, type Reason, type Spoken } from "./message.ts";
import type { Channel } from "./workspace.ts";

/** A thread of a channel, its messages in order; never empty. */
export interface Thread {
  /** The `ts` that Slack knows it by. */
  key: string;
  messages: Spoken[];
  /** Who spoke first of the people, if any did. */
  person: string | null;
  /** The first bot in it that is a twin, if any is. */
  twin: string | null;
}

/** The threads of a channel in order of their beginning, and how many messages were left out for which reason. */
export interface ChannelThreads {
  threads: Thread[];
  leftOut: Map<Reason, number>;
  /** Names of people that `users.json` doesn't know, as their messages give them. */
  strangers: Map<string, string>;
}

function strangerName(raw: Record<string, unknown>): string | null {
  const profile = raw.user_profile;
  if (typeof profile !== "object" || profile === null) return null;
  const { real_name: real, display_name: display } = profile as Record<string, unknown>;
  return [real, display].find((name): name is string => typeof name === "string" && name.trim() !== "") ?? null;
}

/** Of the same message twice the one edited last counts. */
const isNewer = (one: Spoken, other: Spoken) => (one.editedAt ?? 0) > (other.editedAt ?? 0);

/** Reads one channel whole: a reply may stand in any later file than its thread. */
export async function readThreads(files: ExportFiles, channel: Channel, cast: Cast): Promise<ChannelThreads> {
  const leftOut = new Map<Reason, number>();
  const leave = (reason: Reason) => leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const strangers = new Map<string, string>();
  const spoken = new Map<string, Spoken>();
  for await (const raw of rawMessages(files, channel)) {
    const message = judge(raw, cast);
    if (typeof message === "string") {
      leave(message);
      continue;
    }
    const { kind, id } = message.speaker;
    const name = kind === "person" && !strangers.has(id) && strangerName(raw);
    if (name) strangers.set(id, name);
    const before = spoken.get(message.ts);
    if (before) leave("twice in the export");
    if (!before || isNewer(message, before)) spoken.set(message.ts, message);
  }
  const byKey = new Map<string, Spoken[]>();
  for (const message of spoken.values()) {
    const thread = byKey.get(message.thread);
    if (thread) thread.push(message);
    else byKey.set(message.thread, [message]);
  }
  const threads = [...byKey].map(([key, messages]): Thread => {
    messages.sort((a, b) => a.at - b.at);
    return {
      key,
      messages,
      person: messages.find(({ speaker }) => speaker.kind === "person")?.speaker.id ?? null,
      twin: messages.find(({ speaker }) => speaker.kind === "bot" && cast.isTwin(speaker.id))?.speaker.id ?? null,
    };
  });
  threads.sort((a, b) => a.messages[0]!.at - b.messages[0]!.at || (a.key < b.key ? -1 : 1));
  return { threads, leftOut, strangers };
}
