import { expect, test } from "vitest";
import { readLine } from "./item.ts";
import { type Line, splitLines } from "./lines.ts";

async function* inPieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function linesOf(text: string | Buffer, size = 5, most = 100): Promise<Line[]> {
  const lines: Line[] = [];
  for await (const some of splitLines(inPieces(Buffer.from(text), size), most)) lines.push(...some);
  return lines;
}

test.each([1, 2, 3, 7, 1000])("lines are the same in pieces of %i bytes", async (size) => {
  const lines = await linesOf("one\n\nthree\nlast", size);
  expect(lines.map(({ index, text }) => [index, text?.toString()])).toEqual([
    [0, "one"],
    [1, ""],
    [2, "three"],
    [3, "last"],
  ]);
});

test("a line beyond the limit is counted, not held, and the next one is read", async () => {
  const lines = await linesOf(`${"x".repeat(250)}\nok\n`, 16);
  expect(lines).toEqual([
    { index: 0, text: null, bytes: 250 },
    { index: 1, text: Buffer.from("ok"), bytes: 2 },
  ]);
  expect(readLine(lines[0]!)).toMatchObject({ rejected: { code: "INVALID", index: 0 }, line: null });
});

const one = (bytes: Buffer) => readLine({ index: 6, text: bytes, bytes: bytes.length });

test("a record is read, blank lines are none", () => {
  expect(one(Buffer.from('{"type":"user"}'))).toMatchObject({ index: 6, record: { type: "user" } });
  expect(one(Buffer.from("  \r"))).toBeNull();
});

test("what is not UTF-8 or not JSON is rejected by the number of its line", () => {
  expect(one(Buffer.from([0x22, 0xff, 0x22]))).toMatchObject({
    rejected: { code: "INVALID", message: "line 7 is not valid UTF-8" },
  });
  const broken = one(Buffer.from('{"type": oops}'));
  expect(broken).toMatchObject({ rejected: { code: "INVALID", index: 6 }, line: '{"type": oops}' });
  expect(broken && "rejected" in broken && broken.rejected.message).toMatch(/^line 7 is not JSON: /);
  expect(one(Buffer.from('{"type":"user"},'))).toMatchObject({
    rejected: { message: expect.stringMatching(/^line 7 is no record: there is a comma after the record/) },
  });
});
