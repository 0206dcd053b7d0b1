/** A line of the input with its number from 0, without its end; only `bytes` where it was too long to keep. */
export interface Line {
  index: number;
  text: Buffer | null;
  bytes: number;
}

const newline = 10;

/**
 * Splits a stream into lines, several at a time. A line of more than `most` bytes is counted, not kept. The last line needs
 * no newline; an empty rest is no line.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Line[]> {
  let index = 0;
  let held: Buffer[] = [];
  let bytes = 0;
  const hold = (part: Buffer, isRest: boolean) => {
    bytes += part.length;
    if (bytes > most) held = [];
    // A copy: the rest may be kept long after the stream has used its chunk again.
    else if (part.length > 0) held.push(isRest ? Buffer.from(part) : part);
  };
  const end = (): Line => {
    const text = bytes > most ? null : held.length === 1 ? held[0]! : Buffer.concat(held);
    const line = { index: index++, text, bytes };
    held = [];
    bytes = 0;
    return line;
  };
  for await (const chunk of chunks) {
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const lines: Line[] = [];
    let start = 0;
    for (let at = buffer.indexOf(newline); at >= 0; at = buffer.indexOf(newline, start)) {
      hold(buffer.subarray(start, at), false);
      lines.push(end());
      start = at + 1;
    }
    if (start < buffer.length) hold(buffer.subarray(start), true);
    if (lines.length > 0) yield lines;
  }
  if (bytes > 0) yield [end()];
}
