import type { Speakers, Speaker } from "./speakers.ts";
import { isRow, type Row, textOf } from "./people.ts";

/** Subtypes that are someone's words; any other is Slack talking about itself. */
const spokenSubtypes = new Set(["bot_message", "thread_broadcast", "me_message", "file_share"]);

/** A message that counts, as far as threads are concerned. */
export interface Heard {
  /** Microseconds since 1970: Slack's `ts`, which identifies a message in its channel. */
  at: number;
  /** The thread that it says it belongs to; null outside of threads. */
  thread: number | null;
  speaker: Speaker;
  /** Who began the thread, where Slack says so. */
  parentUser: string | null;
}

/** A message that doesn't count, and why. */
export interface Left {
  reason: string;
  at: number | null;
  thread: number | null;
  /** Whether its words are gone from Slack. */
  isGone: boolean;
}

/** Microseconds of a Slack timestamp (`1729280014.790796`); null where it is none, or lies ahead of `now`. */
export function readTs(ts: unknown, now: number): number | null {
  if (typeof ts !== "string" || !/^\d{10}\.\d{6}$/.test(ts)) return null;
  const at = Number(ts.slice(0, 10)) * 1_000_000 + Number(ts.slice(11));
  return at / 1000 > now + 5 * 60_000 ? null : at;
}

/** Slack's `ts` of a time in microseconds. */
export const tsOf = (at: number): string => `${Math.floor(at / 1_000_000)}.${String(at % 1_000_000).padStart(6, "0")}`;

function threadOf(raw: Row, at: number | null, now: number): number | null {
  const named = readTs(raw["thread_ts"], now);
  if (named !== null) return named;
  const replies = Array.isArray(raw["replies"]) ? raw["replies"].length : Number(raw["reply_count"] ?? 0);
  return replies > 0 ? at : null;
}

/** The message, or the reason why it is left out. */
export function judge(raw: unknown, speakers: Speakers, now: number): Heard | Left {
  if (!isRow(raw)) return { reason: "not a message", at: null, thread: null, isGone: false };
  const at = readTs(raw["ts"], now);
  const thread = threadOf(raw, at, now);
  const leave = (reason: string): Left => ({ reason, at, thread, isGone: raw["subtype"] === "tombstone" });
  const subtype = textOf(raw["subtype"]);
  if (subtype !== null && !spokenSubtypes.has(subtype)) return leave(`subtype ${subtype}`);
  if (raw["user"] === "USLACKBOT") return leave("USLACKBOT");
  const speaker = speakers.speakerOf(raw);
  if (speaker === null) return leave("without a speaker");
  if (at === null) return leave("without a readable time");
  return { at, thread, speaker, parentUser: textOf(raw["parent_user_id"]) };
}

/** Whether a message is left out, with the reason. */
export const isLeft = (one: Heard | Left): one is Left => "reason" in one;

/** When a message was last edited, microseconds; null if never. */
export const editedAt = (raw: Row, now: number): number | null =>
  isRow(raw["edited"]) ? readTs(raw["edited"]["ts"], now) : null;
