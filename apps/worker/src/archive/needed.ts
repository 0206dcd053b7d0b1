import type { Archive } from "@twin/db/archives/files";

/** @throws where this process has no archive, naming the variable to set */
export function neededArchive(archive: Archive | null): Archive {
  if (archive) return archive;
  throw new Error("there is no archive: set ARCHIVE_DIR or ARCHIVE_S3_URL");
}
