import type { Archive } from "@twin/db/archives/files";

/** @throws where this process knows no archive, saying what to set */
export function neededArchive(archive: Archive | null): Archive {
  if (archive) return archive;
  throw new Error("there is no archive: set ARCHIVE_DIR or ARCHIVE_S3_URL");
}
