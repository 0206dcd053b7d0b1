import { Turns } from "@twin/db/postgres/turns";
import { HttpProblem } from "./errors.ts";

/** Most characters that are parsed in one go; a larger text is cut between its entries. */
const pieceBytes = 16_000;
/** Levels of lists and objects that are cut: a message lies in records[].conversation.messages[] of a call of a batch. */
const cutLevels = 6;
/** The largest list that an input may hold; anything deeper or larger is no record. */
const mostEntries = 20_000;
/** Most values of one body. A record's value takes 20 bytes and more, so 8 MB of records stay below. */
const mostValues = 500_000;

const [quote, backslash, comma, colon, newline] = [0x22, 0x5c, 0x2c, 0x3a, 0x0a];
const isOpening = (byte: number) => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number) => byte === 0x5d || byte === 0x7d;
const isSpace = (byte: number) => byte === 0x20 || byte === newline || byte === 0x0d || byte === 0x09;

const tooMany = (what: string) => new HttpProblem("BAD_REQUEST", 400, `${what}: send several bodies`);
const utf8 = new TextDecoder("utf-8", { fatal: true });

// The engine's message repeats the text around the fault. The character alone says as much, and repeats nobody's words.
function reasonOf(error: unknown, isWhole: boolean): string {
  const message = String(error);
  const [where] = isWhole ? (/(?<=at )position \d+/.exec(message) ?? []) : [];
  const [token] = /(?<=Unexpected token )'.{1,2}'/u.exec(message) ?? [];
  if (message.includes("Unexpected end")) return "it ends too early";
  return [`unexpected ${token ?? "text"}`, where && `at ${where}`].filter(Boolean).join(" ");
}

/** Text that isn't JSON, or not UTF-8; the message says where it breaks off. */
export class Unreadable extends Error {}

/** How many values a body may still hold; shared by the lines of one body. */
export class Allowance {
  #left = mostValues;

  /** @throws HttpProblem BAD_REQUEST beyond what one body may hold */
  take(values: number): void {
    this.#left -= values;
    if (this.#left < 0) throw tooMany(`a body holds up to ${mostValues} values`);
  }
}

/**
 * Parses JSON text in turns: never more than a small piece at once, however it is built. Counts values before it parses
 * them.
 * @throws Unreadable; HttpProblem BAD_REQUEST where it holds more values or entries than any input has
 */
export async function parseJson(bytes: Buffer, allowance = new Allowance(), turns = new Turns()): Promise<unknown> {
  allowance.take(await countValues(bytes, turns));
  return parseValue(bytes, 0, turns);
}

/** About how many values a text holds: its brackets and separators. */
async function countValues(bytes: Buffer, turns: Turns): Promise<number> {
  let values = 1;
  const scan = new Scan(bytes);
  for (let at = scan.next(); at !== -1; at = scan.next()) {
    const byte = bytes[at]!;
    if (byte === comma || isOpening(byte)) values++;
    if (values > mostValues) break;
    if (scan.isLong() && turns.isOver()) await turns.next();
  }
  return values;
}

async function parseValue(bytes: Buffer, level: number, turns: Turns): Promise<unknown> {
  if (turns.isOver()) await turns.next();
  if (bytes.length <= pieceBytes) return parsePiece(bytes, "", "", level === 0);
  const text = trim(bytes);
  const first = text[0];
  if (first === undefined || !isOpening(first)) return parsePiece(bytes, "", "", level === 0);
  if (level === cutLevels) {
    if ((await countValues(bytes, turns)) > mostEntries)
      throw tooMany(`a value as deep as this holds up to ${mostEntries} others`);
    return parsePiece(bytes, "", "", false);
  }
  return first === 0x5b ? parseList(text, level, turns) : parseObject(text, level, turns);
}

async function parseList(bytes: Buffer, level: number, turns: Turns): Promise<unknown[]> {
  const list: unknown[] = [];
  for await (const { piece, isLarge } of cut(bytes, "]", turns)) {
    if (isLarge) list.push(await parseValue(piece, level + 1, turns));
    else for (const one of parsePiece(piece, "[", "]", false) as unknown[]) list.push(one);
    if (turns.isOver()) await turns.next();
  }
  return list;
}

async function parseObject(bytes: Buffer, level: number, turns: Turns): Promise<Record<string, unknown>> {
  const object: Record<string, unknown> = {};
  const put = (key: string, value: unknown) =>
    // As in JSON.parse: a key of this name is a key like others, and sets no prototype.
    key === "__proto__"
      ? Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      : (object[key] = value);
  for await (const { piece, isLarge } of cut(bytes, "}", turns)) {
    if (isLarge) {
      const [key, value] = splitMember(piece);
      put(key, await parseValue(value, level + 1, turns));
    } else {
      for (const [key, value] of Object.entries(parsePiece(piece, "{", "}", false) as object)) put(key, value);
    }
    if (turns.isOver()) await turns.next();
  }
  return object;
}

type Piece = { piece: Buffer; isLarge: boolean };

/**
 * The entries between the brackets, in order: large ones alone, small ones together up to a piece, separated as in the
 * text.
 */
async function* cut(bytes: Buffer, closing: "]" | "}", turns: Turns): AsyncGenerator<Piece> {
  // Where the current entry begins, and where the small ones before it begin.
  let [depth, entries, from, entry] = [0, 0, 1, 1];
  const scan = new Scan(bytes);
  for (let at = scan.next(); at !== -1; at = scan.next()) {
    if (scan.isLong() && turns.isOver()) await turns.next();
    const byte = bytes[at]!;
    if (isOpening(byte)) depth++;
    else if (isClosing(byte)) depth--;
    const isEnd = depth === 0;
    if (!isEnd && !(byte === comma && depth === 1)) continue;
    if (++entries > mostEntries) throw tooMany(`a list or object holds up to ${mostEntries} entries`);
    const isLarge = at - entry > pieceBytes;
    const small = isLarge ? bytes.subarray(from, Math.max(from, entry - 1)) : bytes.subarray(from, at);
    const isGiven = isLarge ? from < entry : isEnd || small.length > pieceBytes;
    if (isGiven && trim(small).length > 0) yield { piece: small, isLarge: false };
    // Nothing between the brackets is an empty list; nothing beside a comma is a mistake.
    else if (isGiven && !(isEnd && entries === 1)) throw new Unreadable("nothing beside a comma");
    if (isLarge && !(isEnd && entries === 1 && trim(bytes.subarray(entry, at)).length === 0))
      yield { piece: bytes.subarray(entry, at), isLarge };
    if (isLarge || isGiven) from = at + 1;
    entry = at + 1;
    if (!isEnd) continue;
    if (at !== bytes.length - 1 || byte !== closing.charCodeAt(0))
      throw new Unreadable("unexpected text after its end");
    return;
  }
  throw new Unreadable("it ends too early");
}

/** A large member as its key and the text of its value. */
function splitMember(bytes: Buffer): [key: string, value: Buffer] {
  const text = trim(bytes);
  if (text[0] !== quote) throw new Unreadable("a key that is no text");
  let end = 1;
  while (end < text.length && text[end] !== quote) end += text[end] === backslash ? 2 : 1;
  let after = end + 1;
  while (after < text.length && isSpace(text[after]!)) after++;
  if (text[after] !== colon) throw new Unreadable("a key without a value");
  return [parsePiece(text.subarray(0, end + 1), "", "", false) as string, text.subarray(after + 1)];
}

function parsePiece(bytes: Buffer, before: string, after: string, isWhole: boolean): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new Unreadable("it isn't UTF-8");
  }
  try {
    return JSON.parse(before + text + after);
  } catch (error) {
    throw new Unreadable(reasonOf(error, isWhole));
  }
}

function trim(bytes: Buffer): Buffer {
  let [start, end] = [0, bytes.length];
  while (start < end && isSpace(bytes[start]!)) start++;
  while (end > start && isSpace(bytes[end - 1]!)) end--;
  return bytes.subarray(start, end);
}

/** Returns one bracket or comma after the other, and passes over texts and numbers. */
class Scan {
  readonly #bytes: Buffer;
  #at = 0;
  #looked = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Whether so much was read since the last time that it is worth looking at the clock. */
  isLong(): boolean {
    if (this.#at - this.#looked < 65_536) return false;
    this.#looked = this.#at;
    return true;
  }

  /** @returns the place of the next one, or -1 at the end */
  next(): number {
    const bytes = this.#bytes;
    for (let at = this.#at; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === quote) {
        at++;
        while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
      } else if (byte === comma || isOpening(byte) || isClosing(byte)) {
        this.#at = at + 1;
        return at;
      }
    }
    this.#at = bytes.length;
    return -1;
  }
}
