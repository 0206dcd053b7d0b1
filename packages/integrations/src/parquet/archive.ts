import { createHash } from "node:crypto";
import { open, readFile, rm, writeFile } from "node:fs/promises";
import { type Archive, DamagedFile } from "@twin/db/archives/files";
import type { Blobs } from "./blobs.ts";
import { ParquetFileWriter, readGroups } from "./parquet.ts";

/**
 * An archive of Parquet files in a folder or bucket.
 * @param groupRows rows of a group, which is in memory at once; as many as is usual unless said
 */
export function archiveIn(blobs: Blobs, groupRows?: number): Archive {
  return {
    where: blobs.where,
    async create(path, table) {
      const draft = await blobs.draft(path);
      const writer = await ParquetFileWriter.create(draft, table, groupRows);
      let open = true;
      return {
        append: (rows) => writer.append(rows),
        async finish() {
          open = false;
          const facts = await writer.finish();
          await blobs.put(path, draft);
          return facts;
        },
        async abandon() {
          if (!open) return;
          open = false;
          await writer.close();
          await rm(draft, { force: true });
        },
      };
    },
    async open(path, table, facts) {
      const copy = await blobs.fetch(path);
      if (!copy) throw new DamagedFile(path, "is missing");
      const file = await open(copy.file, "r");
      const close = () => file.close().finally(() => copy.release());
      try {
        const hash = createHash("sha256");
        let bytes = 0;
        for await (const chunk of file.createReadStream({ autoClose: false, start: 0, highWaterMark: 1 << 20 })) {
          hash.update(chunk as Buffer);
          bytes += (chunk as Buffer).length;
        }
        if (bytes !== facts.bytes) throw new DamagedFile(path, `has ${bytes} bytes, and ${facts.bytes} were written`);
        if (hash.digest("hex") !== facts.sha256)
          throw new DamagedFile(path, "isn't what was written: its SHA-256 differs");
      } catch (error) {
        await close();
        throw error;
      }
      return { groups: () => readGroups(file, path, table), close };
    },
    async writeText(path, text) {
      const draft = await blobs.draft(path);
      await writeFile(draft, text, { mode: 0o600, flush: true });
      await blobs.put(path, draft);
    },
    async readText(path) {
      const copy = await blobs.fetch(path);
      if (!copy) throw new DamagedFile(path, "is missing");
      return readFile(copy.file, "utf8").finally(() => copy.release());
    },
    tidy: (isOurs, before) => blobs.tidy(isOurs, before),
    async remove(paths) {
      for (const path of paths) await blobs.remove(path);
    },
  };
}
