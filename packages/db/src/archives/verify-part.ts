import { ContentDigest } from "./digest.ts";
import { type Archive, DamagedFile } from "./files.ts";
import { readManifest, shapeOfFile } from "./manifest.ts";
import type { PartId } from "./paths.ts";

/**
 * Reads every file of a part back from the archive: each must be byte for byte what was written (SHA-256), hold as many
 * rows, and hold the same content (digest).
 * @throws DamagedFile naming the first file that doesn't
 */
export async function verifyPart(
  archive: Archive,
  org_id: number,
  part: PartId & { manifest_sha256: string | null },
  reached: (place: string) => void | Promise<void> = () => {},
): Promise<void> {
  const { tables } = await readManifest(archive, org_id, part, part.manifest_sha256);
  for (const file of tables) {
    const table = shapeOfFile(file);
    const reader = await archive.open(file.file, table, file);
    try {
      const digest = new ContentDigest(table);
      for await (const rows of reader.groups()) digest.add(rows);
      if (digest.rows !== file.rows) {
        throw new DamagedFile(file.file, `holds ${digest.rows} rows, and ${file.rows} were written`);
      }
      if (digest.hex() !== file.content_sha256) throw new DamagedFile(file.file, "doesn't say what was written");
    } finally {
      await reader.close();
    }
    await reached(`archive:${file.table}-read-back`);
  }
}
