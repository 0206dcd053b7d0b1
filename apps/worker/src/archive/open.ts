import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Archive } from "@twin/db/archives/files";
import { EnvError } from "@twin/db/postgres/env";
import type { z } from "zod";
import type { archiveSettings } from "../env.ts";
import { archiveIn } from "@twin/integrations/parquet/archive";
import { bucketBlobs } from "@twin/integrations/s3/bucket";
import { folderBlobs } from "@twin/integrations/parquet/folder";

type Settings = z.output<z.ZodObject<typeof archiveSettings>> & { DATA_DIR?: string | undefined };

/**
 * The archive that the environment names: a bucket, else a folder, by default below DATA_DIR; null where there is none.
 * @throws EnvError for a bucket without a key
 */
export function openArchive(env: Settings): Archive | null {
  const folder = env.ARCHIVE_DIR ?? (env.DATA_DIR && join(env.DATA_DIR, "archive"));
  if (env.ARCHIVE_S3_URL === undefined) return folder ? archiveIn(folderBlobs(folder)) : null;
  const { ARCHIVE_S3_ACCESS_KEY_ID: accessKeyId, ARCHIVE_S3_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey) {
    throw new EnvError("ARCHIVE_S3_URL needs ARCHIVE_S3_ACCESS_KEY_ID and ARCHIVE_S3_SECRET_ACCESS_KEY beside it.");
  }
  return archiveIn(
    bucketBlobs(
      { url: env.ARCHIVE_S3_URL, region: env.ARCHIVE_S3_REGION, accessKeyId, secretAccessKey },
      join(folder ?? join(tmpdir(), "ai-twin-analytics"), "on-its-way"),
    ),
  );
}
