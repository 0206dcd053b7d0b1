import { isUtf8 } from "node:buffer";
import { open, stat } from "node:fs/promises";
import { Transform, type Readable } from "node:stream";
import { crc32 } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { BadExport, BadFile, type ExportFiles, isOfExport, othersAtMost, pathOf } from "./files.ts";

/** Files of JSON that are kept in mind; each takes some 200 bytes. */
const entriesAtMost = 2_000_000;
const utf8Flag = 0x800;
const [stored, deflated] = [0, 8];
const methods: Record<number, string> = {
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  93: "Zstandard",
  95: "XZ",
  98: "PPMd",
};

/** Why the end of a zip's directory wasn't found: the beginning tells a cut zip from something else. */
async function whyUnreadable(path: string, reason: string): Promise<BadExport> {
  const file = await open(path);
  const head = Buffer.alloc(4);
  await file.read(head, 0, 4, 0).finally(() => file.close());
  const { size } = await stat(path);
  if (head.toString("latin1", 0, 2) !== "PK") return new BadExport(`${path} is not a zip file.`);
  if (/End of central directory|Truncated|out of range|unexpected EOF|end of file/i.test(reason))
    return new BadExport(`${path} is a truncated zip file (it ends after ${size} bytes); download it again.`);
  return new BadExport(`${path} is a damaged zip file: ${reason}.`);
}

/** Passes bytes on and fails where they aren't what the zip's directory promised. */
function checked(stream: Readable, name: string, { size, sum }: Kept): Readable {
  let [seen, bytes] = [0, 0];
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen = crc32(chunk, seen);
      bytes += chunk.length;
      if (bytes > size) done(new BadFile(name, `cannot be read: it unpacks to more than the ${size} bytes it says`));
      else done(null, chunk);
    },
    flush(done) {
      const isWhole = bytes === size && seen >>> 0 === sum >>> 0;
      done(isWhole ? null : new BadFile(name, "cannot be read: its checksum is wrong, the zip file is damaged"));
    },
  });
  stream.on("error", (error) => check.destroy(new BadFile(name, `cannot be read: ${error.message}`)));
  return stream.pipe(check);
}

/** What must be known of an entry to read it. */
interface Kept {
  offset: number;
  packed: number;
  size: number;
  sum: number;
  method: number;
  flags: number;
}

const keep = (entry: Entry): Kept => ({
  offset: entry.relativeOffsetOfLocalHeader,
  packed: entry.compressedSize,
  size: entry.uncompressedSize,
  sum: entry.crc32,
  method: entry.compressionMethod,
  flags: entry.generalPurposeBitFlag,
});

const entryOf = (kept: Kept): Entry =>
  Object.assign(new yauzl.Entry(), {
    relativeOffsetOfLocalHeader: kept.offset,
    compressedSize: kept.packed,
    uncompressedSize: kept.size,
    crc32: kept.sum,
    compressionMethod: kept.method,
    generalPurposeBitFlag: kept.flags,
  });

/** An entry's name. Slack and many others write UTF-8 without saying so by the flag. */
function nameOf({ generalPurposeBitFlag: flags, fileNameRaw: raw, extraFields }: Entry): string {
  return pathOf(yauzl.getFileNameLowLevel(isUtf8(raw) ? flags | utf8Flag : flags, raw, extraFields, false));
}

/**
 * Opens a zip by its directory at the end; entries are unpacked one at a time when asked for, and nothing is ever
 * written to disk. Throws `BadExport` for a truncated or foreign file, an encrypted one, and paths that lead outside.
 */
export async function openZip(path: string): Promise<ExportFiles> {
  let zip: ZipFile;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false, decodeStrings: false, validateEntrySizes: false });
  } catch (error) {
    throw await whyUnreadable(path, (error as Error).message);
  }
  const entries = new Map<string, Kept>();
  const [others, notes]: [string[], string[]] = [[], []];
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      if (name.endsWith("/")) continue;
      const outside = yauzl.validateFileName(name);
      if (outside !== null) throw new BadExport(`${path} is refused: it holds a path outside of itself (${name}).`);
      if (!isOfExport(name)) {
        if (others.length < othersAtMost) others.push(name);
        continue;
      }
      if (entry.isEncrypted()) throw new BadExport(`${path} is encrypted (${name}); unlock it first.`);
      if (entries.has(name)) notes.push(`${name} lies twice in the zip; the last one is read.`);
      entries.set(name, keep(entry));
      if (entries.size > entriesAtMost)
        throw new BadExport(`${path} holds more than ${entriesAtMost} files of JSON; import it in parts.`);
    }
  } catch (error) {
    zip.close();
    throw error instanceof BadExport ? error : await whyUnreadable(path, (error as Error).message);
  }
  return {
    names: [...entries.keys()].toSorted(),
    others,
    notes,
    size: (name) => entries.get(name)?.size ?? 0,
    open: async (name) => {
      const kept = entries.get(name);
      if (!kept) throw new BadFile(name, "is not in the zip");
      if (kept.method !== stored && kept.method !== deflated)
        throw new BadFile(
          name,
          `is packed with ${methods[kept.method] ?? `method ${kept.method}`}, which can't be read here: unpack the zip and give the folder`,
        );
      const stream = await zip.openReadStreamPromise(entryOf(kept)).catch((error: Error) => {
        throw new BadFile(name, `cannot be read: ${error.message}`);
      });
      return checked(stream, name, kept);
    },
    close: () => zip.close(),
  };
}
