import { createHash } from "node:crypto";
import { z } from "zod";
import type { Archive } from "./files.ts";
import { DamagedFile } from "./files.ts";
import { manifestPath, type PartId } from "./paths.ts";
import { type ArchivedTable, archivedTables, columnKinds } from "./shape.ts";

/** Version of the manifest's format. */
const schemaVersion = 1;

const TableFile = z.object({
  table: z.string(),
  file: z.string(),
  rows: z.int().positive(),
  bytes: z.int().positive(),
  sha256: z.string(),
  /** Digest of the rows' content, whatever file they lie in (`ContentDigest`). */
  content_sha256: z.string(),
  /** `type`: as it lies in the file. `holds`: the type of the decrypted value; null where it isn't encrypted. */
  columns: z.array(
    z.object({ name: z.string(), type: z.enum(columnKinds), holds: z.enum(["text", "json", "layers"]).nullable() }),
  ),
});
export type TableFile = z.output<typeof TableFile>;

/** What a part's files hold; it lies beside them. Tables without a row have no file. */
export const Manifest = z.object({
  schema_version: z.literal(schemaVersion),
  org_id: z.int(),
  month: z.string(),
  seq: z.int(),
  written_at: z.string(),
  /** What began before it was due for deletion. */
  cut: z.string(),
  /** Event times of the first and the last activity or feature event. */
  first_at: z.string(),
  last_at: z.string(),
  tables: z.array(TableFile),
});
export type Manifest = z.output<typeof Manifest>;

/** A manifest of the version that this program writes. */
export const newManifest = (facts: Omit<Manifest, "schema_version">): Manifest => ({
  schema_version: schemaVersion,
  ...facts,
});

/** The columns of a table as a manifest lists them. */
export const columnsOf = ({ columns }: ArchivedTable): TableFile["columns"] =>
  columns.map(({ name, kind, sealed }) => ({ name, type: kind, holds: sealed }));

/** A manifest as it is written to its file. */
export const manifestText = (manifest: Manifest): string => `${JSON.stringify(manifest, null, 2)}\n`;

/** SHA-256 of a text, in hexadecimal. */
export const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");

/** The table that a file is of. @throws DamagedFile where there is none such */
export function tableOf({ table, file }: TableFile): ArchivedTable {
  const known = archivedTables.find(({ name }) => name === table);
  if (!known) throw new DamagedFile(file, `holds a table ${table} that nobody knows`);
  return known;
}

/** The shape of a file, which may be older than its table's. */
export const shapeOfFile = (file: TableFile): ArchivedTable => ({
  ...tableOf(file),
  columns: file.columns.map(({ name, type, holds }) => ({ name, kind: type, sealed: holds, nullable: true })),
});

/**
 * Reads a part's manifest from the archive.
 * @throws DamagedFile where it is missing, or isn't the one that was written
 */
export async function readManifest(
  archive: Archive,
  org_id: number,
  part: PartId,
  sha256: string | null,
): Promise<Manifest> {
  const path = manifestPath(org_id, part);
  const text = await archive.readText(path);
  if (sha256Of(text) !== sha256) throw new DamagedFile(path, "isn't what was written: its SHA-256 differs");
  return Manifest.parse(JSON.parse(text));
}
