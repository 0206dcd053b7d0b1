import { isUtf8 } from "node:buffer";
import { BadFile, type ExportFiles } from "./files.ts";

/** One entry of a list, or why it can't be read. */
export type Element = { value: unknown } | { broken: string };

/** One message or person may have as many bytes; more isn't Slack's. */
const elementBytes = 32 * 1024 * 1024;
const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
const isOpening = (byte: number) => byte === 0x5b || byte === 0x7b;
const isClosing = (byte: number) => byte === 0x5d || byte === 0x7d;

function parse(bytes: Buffer, isMap: boolean): Element {
  if (!isUtf8(bytes)) return { broken: "is not valid UTF-8" };
  try {
    const text = bytes.toString("utf8");
    return { value: isMap ? (Object.values(JSON.parse(`{${text}}`) as object)[0] as unknown) : JSON.parse(text) };
  } catch (error) {
    return { broken: `is not JSON: ${(error as Error).message.slice(0, 100)}` };
  }
}

/** Cuts a JSON list into its entries as the bytes come, so that memory is one entry's. A map counts as its values. */
class Cutter {
  private state: "before" | "inside" | "after" = "before";
  private isMap = false;
  private depth = 0;
  private inString = false;
  private escaped = false;
  private held: Buffer[] = [];
  private heldBytes = 0;

  /** The entries that end in this piece. @throws Error where it is no list */
  cut(chunk: Buffer): Element[] {
    const found: Element[] = [];
    let at = this.state === "before" ? this.begin(chunk) : 0;
    let start = at;
    while (at < chunk.length) {
      if (this.state === "after") {
        if (!isBlank(chunk[at]!)) throw new Error("has something behind its end");
        at++;
      } else if (this.inString) at = this.skipString(chunk, at);
      else {
        const byte = chunk[at]!;
        if (byte === quote) this.inString = true;
        else if (isOpening(byte)) this.depth++;
        else if (isClosing(byte)) this.depth--;
        const isEnd = this.depth === 0;
        if (isEnd || (byte === comma && this.depth === 1)) {
          this.hold(chunk.subarray(start, at));
          this.release(found, isEnd);
          start = at + 1;
        }
        at++;
      }
    }
    if (this.state === "inside") this.hold(chunk.subarray(start));
    return found;
  }

  /** @throws Error where the list isn't closed */
  end(): void {
    const rest = Buffer.concat(this.held).toString("latin1").trim();
    if (this.state === "inside") throw new Error("ends in the middle");
    if (this.state === "before" && rest !== "" && rest !== "null" && rest !== '""')
      throw new Error("is not a list in JSON");
  }

  /** Where the list begins in this piece; its length where it doesn't. */
  private begin(chunk: Buffer): number {
    let at = 0;
    if (this.heldBytes === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf) at = 3;
    while (at < chunk.length && isBlank(chunk[at]!)) at++;
    if (at < chunk.length && this.heldBytes === 0 && isOpening(chunk[at]!)) {
      this.isMap = chunk[at] === 0x7b;
      this.state = "inside";
      this.depth = 1;
      return at + 1;
    }
    // `null`, an empty text or nothing is no list; anything else has no place here.
    this.hold(chunk.subarray(at));
    if (this.heldBytes > 64) throw new Error("is not a list in JSON");
    return chunk.length;
  }

  private skipString(chunk: Buffer, from: number): number {
    if (this.escaped) {
      this.escaped = false;
      return from + 1;
    }
    const end = chunk.indexOf(quote, from);
    const until = end === -1 ? chunk.length : end;
    let slashes = 0;
    while (until - 1 - slashes >= from && chunk[until - 1 - slashes] === backslash) slashes++;
    const isEscaped = slashes % 2 === 1;
    if (end === -1) this.escaped = isEscaped;
    else if (!isEscaped) this.inString = false;
    return end === -1 ? until : end + 1;
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.held.push(bytes);
    this.heldBytes += bytes.length;
    if (this.heldBytes > elementBytes) throw new Error(`holds an entry of more than ${elementBytes} bytes`);
  }

  private release(found: Element[], isLast: boolean): void {
    const bytes = this.held.length === 1 ? this.held[0]! : Buffer.concat(this.held);
    [this.held, this.heldBytes] = [[], 0];
    if (isLast) this.state = "after";
    // An empty list, and a comma behind the last entry.
    if (isLast && bytes.every(isBlank)) return;
    found.push(parse(bytes, this.isMap));
  }
}

/**
 * The entries of a file that is a list, as many at a time as a piece of it holds; of a map its values. Nothing, `null`
 * and an empty text are no entries. Throws `BadFile` where it can't be read to its end.
 */
export async function* readElements(files: ExportFiles, name: string): AsyncGenerator<Element[]> {
  const cutter = new Cutter();
  try {
    for await (const chunk of await files.open(name)) {
      const found = cutter.cut(chunk as Buffer);
      if (found.length > 0) yield found;
    }
    cutter.end();
  } catch (error) {
    if (error instanceof BadFile) throw error;
    throw new BadFile(name, (error as Error).message);
  }
}
