import { open, stat } from "node:fs/promises";
import { Transform, type Readable } from "node:stream";
import { crc32 } from "node:zlib";
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { BadExport, type ExportFiles, fileBytes, totalBytes } from "./files.ts";

const entriesAtMost = 1_000_000;

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

/** Passes bytes on and fails at the end where they aren't what the zip's directory promised. */
function checked(stream: Readable, entry: Entry): Readable {
  let sum = 0;
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done) {
      done(sum >>> 0 === entry.crc32 >>> 0 ? null : new Error("its checksum is wrong, the zip file is damaged"));
    },
  });
  stream.on("error", (error) => check.destroy(error));
  return stream.pipe(check);
}

/** Refuses what no export holds: encrypted entries, and sizes that would fill memory or never end. */
function judge(path: string, entry: Entry): void {
  if (entry.isEncrypted()) throw new BadExport(`${path} is encrypted (${entry.fileName}); unlock it first.`);
  if (entry.uncompressedSize > fileBytes)
    throw new BadExport(
      `${path}: ${entry.fileName} would unpack to ${entry.uncompressedSize} bytes; a file of an export may have ${fileBytes}.`,
    );
}

/**
 * Opens a zip by its directory at the end; entries are unpacked one at a time when asked for, and nothing is ever
 * written to disk. Throws `BadExport` for a truncated or foreign file, paths that lead outside, and zip bombs.
 */
export async function openZip(path: string): Promise<ExportFiles> {
  let zip: ZipFile;
  try {
    zip = await yauzl.openPromise(path, { autoClose: false, strictFileNames: true, validateEntrySizes: true });
  } catch (error) {
    throw await whyUnreadable(path, (error as Error).message);
  }
  const entries = new Map<string, Entry>();
  try {
    if (zip.entryCount > entriesAtMost)
      throw new BadExport(`${path} holds ${zip.entryCount} entries; an export may have ${entriesAtMost}.`);
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      total += entry.uncompressedSize;
      if (total > totalBytes)
        throw new BadExport(`${path} would unpack to more than ${totalBytes} bytes, which no export has.`);
      if (!entry.fileName.endsWith(".json")) continue;
      judge(path, entry);
      entries.set(entry.fileName, entry);
    }
  } catch (error) {
    zip.close();
    if (error instanceof BadExport) throw error;
    const reason = (error as Error).message;
    const outside = /^(?:invalid relative path|absolute path|invalid characters in fileName): (.*)$/s.exec(reason);
    if (outside) throw new BadExport(`${path} is refused: it holds a path outside of itself (${outside[1]}).`);
    throw await whyUnreadable(path, reason);
  }
  return {
    names: [...entries.keys()].toSorted(),
    open: async (name) => {
      const entry = entries.get(name);
      if (!entry) throw new BadExport(`${path} holds no ${name}.`);
      return checked(await zip.openReadStreamPromise(entry), entry);
    },
    close: () => zip.close(),
  };
}
