import type { Cast } from "./cast.ts";
import { readJson } from "./export-files.ts";
import { BadExport, type ExportFiles } from "./files.ts";
import type { Channel } from "./workspace.ts";

/** Subtypes that are someone's words; any other is Slack talking about itself. */
const spokenSubtypes = new Set(["bot_message", "thread_broadcast", "me_message", "file_share"]);

/** Who said it: a person by Slack's id, or a bot by the id that the cast knows it by. */
export interface Speaker {
  kind: "person" | "bot";
  id: string;
}

/** A message that counts. */
export interface Spoken {
  /** Slack's `ts`, which identifies a message in its channel. */
  ts: string;
  /** Microseconds since 1970: `ts` as a number. */
  at: number;
  /** The `ts` of its thread; its own if it has none. */
  thread: string;
  speaker: Speaker;
  text: string;
  editedAt: number | null;
}

/** Why a message isn't one that counts. */
export type Reason =
  | `subtype ${string}`
  | "USLACKBOT"
  | "without a speaker"
  | "without a readable time"
  | "twice in the export";

export type RawMessage = Record<string, unknown>;

/** Microseconds of a Slack timestamp (`1729280014.790796`), null where it is none. */
export function readTs(ts: unknown): number | null {
  const [, seconds, fraction = ""] =
    /^(\d{1,10})(?:\.(\d{1,6}))?$/.exec(typeof ts === "string" ? ts : String(ts)) ?? [];
  return seconds === undefined ? null : Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, "0"));
}

/** The message, or the reason why it is left out. */
export function judge(raw: RawMessage, cast: Cast): Spoken | Reason {
  const { subtype, text, edited } = raw;
  if (typeof subtype === "string" && subtype !== "" && !spokenSubtypes.has(subtype)) return `subtype ${subtype}`;
  if (raw.user === "USLACKBOT") return "USLACKBOT";
  const speaker = cast.speakerOf(raw);
  if (!speaker) return "without a speaker";
  const at = readTs(raw.ts);
  if (at === null) return "without a readable time";
  const ts = String(raw.ts);
  return {
    ts,
    at,
    thread: readTs(raw.thread_ts) === null ? ts : String(raw.thread_ts),
    speaker,
    text: typeof text === "string" ? text : "",
    editedAt: typeof edited === "object" && edited !== null ? readTs((edited as RawMessage).ts) : null,
  };
}

/** Every message of a channel as Slack wrote it, day by day. */
export async function* rawMessages(files: ExportFiles, channel: Channel): AsyncGenerator<RawMessage> {
  for (const name of channel.files) {
    const day = await readJson(files, name);
    if (!Array.isArray(day)) throw new BadExport(`${name} is not a list of messages.`);
    for (const raw of day as unknown[]) {
      if (typeof raw === "object" && raw !== null) yield raw as RawMessage;
      else throw new BadExport(`${name} holds something that isn't a message.`);
    }
  }
}
