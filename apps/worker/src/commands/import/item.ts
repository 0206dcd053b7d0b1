import type { Rejection } from "@twin/contracts/ingest";
import { whatIsNoLine } from "@twin/contracts/ndjson";
import { limits } from "@twin/contracts/vocabulary";
import type { Line } from "./lines.ts";

/** A record to send, or the reason why a line holds none. */
export type Item =
  | { index: number; bytes: number; record: unknown }
  | { index: number; bytes: number; rejected: Rejection; line: string | null };

/** Between items: all items before it must be stored before the next one is read. */
export interface Barrier {
  barrier: true;
}

const decoder = new TextDecoder("utf-8", { fatal: true });
/** How much of an unreadable line is looked at to tell what it is. */
const mostTold = 10_000;
const blank = /^\s*$/;

const bad = (index: number, bytes: number, reason: string, line: string | null): Item => ({
  index,
  bytes,
  rejected: { index, code: "INVALID", message: `line ${index + 1} ${reason}` },
  line,
});

/** The record of a line of NDJSON; null for a blank line. */
export function readLine({ index, text, bytes }: Line): Item | null {
  if (text === null) return bad(index, bytes, `has ${bytes} bytes; a record may have ${limits.batchBytes}`, null);
  let line: string;
  try {
    line = decoder.decode(text);
  } catch {
    return bad(index, bytes, "is not valid UTF-8", text.toString("latin1"));
  }
  if (blank.test(line)) return null;
  try {
    return { index, bytes, record: JSON.parse(line) as unknown };
  } catch (error) {
    const reason = `is not JSON: ${(error as Error).message.replace(/ \(line 1 column \d+\)$/, "")}`;
    const told = whatIsNoLine(line.slice(0, mostTold));
    return bad(index, bytes, told === null ? reason : `is no record: ${told}`, line);
  }
}
