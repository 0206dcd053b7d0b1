import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import type { Section } from "@twin/db/privacy/exports/sections";
import { ZipFile } from "yazl";

type Written = { file: string; about: string; rows: number; sha256: string };

const readme = `What is held on you
===================

Everything that this organisation keeps about you in AI Twin Analytics, decrypted, as JSON. index.html lists the files.
SHA256SUMS holds their checksums: check them with  sha256sum -c SHA256SUMS

Your own words are here whole, wherever you wrote them, and so is what twins answered in conversations that you began.
Words of other people in the same conversations, and what twins answered to them, are theirs: they are left out, and
conversations.json says how many there were (article 15, paragraph 4 of the General Data Protection Regulation).
What was archived or deleted by the organisation's retention policy is not here. Search indexes hold keyed hashes of your
words, which tell nobody anything without them.
`;

/**
 * Everything that is held on a person as a zip: a file of JSON for each kind of row, an index for people, and checksums. It
 * is made while rows are read, so memory doesn't grow with the number of messages.
 */
export function zipOf(sections: readonly Section[], made: Date): AsyncIterable<Buffer> {
  const zip = new ZipFile();
  const written: Written[] = [];
  const failed = (error: unknown) => (zip.outputStream as unknown as Readable).destroy(error as Error);
  const add = (file: string, about: string, text: () => AsyncIterable<string>) =>
    zip.addReadStreamLazy(file, { mtime: made }, (done) =>
      done(null, Readable.from(watched(file, about, text(), written)).on("error", failed)),
    );
  zip.on("error", failed);
  add("README.txt", "How to read this", () => once(readme));
  for (const { file, about, rows } of sections) add(file, about, () => jsonOf(rows(), written));
  // These are written after all others.
  add("index.html", "This page", () => once(indexOf(written, made)));
  add("SHA256SUMS", "Checksums", () => once(written.map(({ file, sha256 }) => `${sha256}  ${file}\n`).join("")));
  zip.end();
  return zip.outputStream as unknown as AsyncIterable<Buffer>;
}

async function* once(text: string): AsyncGenerator<string> {
  yield text;
}

/** Rows of the file that is being written, one file at a time. */
const counts = new WeakMap<Written[], number>();

async function* jsonOf(rows: AsyncIterable<object>, written: Written[]): AsyncGenerator<string> {
  let count = 0;
  yield "[";
  for await (const row of rows) yield `${count++ === 0 ? "\n" : ",\n"}${JSON.stringify(row)}`;
  yield count === 0 ? "]\n" : "\n]\n";
  counts.set(written, count);
}

/** Passes a file on and computes its checksum. */
async function* watched(
  file: string,
  about: string,
  text: AsyncIterable<string>,
  written: Written[],
): AsyncGenerator<Buffer> {
  const hash = createHash("sha256");
  counts.delete(written);
  for await (const part of text) {
    const bytes = Buffer.from(part);
    hash.update(bytes);
    yield bytes;
  }
  written.push({ file, about, rows: counts.get(written) ?? 0, sha256: hash.digest("hex") });
}

const indexOf = (written: readonly Written[], made: Date): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>What is held on you</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:3rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%}
td,th{text-align:left;padding:.4rem .8rem;border-bottom:1px solid #ccc}td:nth-child(3){text-align:right}code{font-size:.75rem;word-break:break-all}</style>
</head><body><h1>What is held on you</h1><p>Made ${made.toISOString()}. README.txt says what is left out, and why.</p>
<table><thead><tr><th>File</th><th>What it holds</th><th>Rows</th><th>SHA-256</th></tr></thead><tbody>
${written.map(({ file, about, rows, sha256 }) => `<tr><td><a href="${file}">${file}</a></td><td>${about}</td><td>${rows || ""}</td><td><code>${sha256}</code></td></tr>`).join("\n")}
</tbody></table></body></html>
`;
