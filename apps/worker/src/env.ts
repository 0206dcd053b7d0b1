import { basename, dirname, join, resolve } from "node:path";
import { databaseUrl, dataDir, flag, smtpUrl } from "@twin/db/postgres/env";
import { z } from "zod";
import type { Smtp } from "@twin/integrations/mail/smtp";
import type { Endpoint } from "@twin/integrations/summary/endpoint";

/** A file; by default beside DATA_DIR, so that a copy or restore of that folder doesn't include it. */
export const ledgerFile = z
  .string()
  .transform((path) => resolve(path))
  .optional()
  .meta({ examples: ["/var/lib/twin/erasures.ndjson"] });
/** Where the ledger lies. */
export const ledgerOf = (env: { ERASURE_LEDGER?: string | undefined; DATA_DIR?: string | undefined }): string =>
  env.ERASURE_LEDGER ?? `${env.DATA_DIR ?? resolve(".data")}-erasures.ndjson`;
/** Where the heads of the audit's chains lie: beside the ledger, so neither on the database's disk nor restored with it. */
export const headsOf = (env: Parameters<typeof ledgerOf>[0]): string =>
  join(dirname(ledgerOf(env)), basename(ledgerOf(env)).replace(/erasures(?=\.ndjson$)|$/, "audit-heads"));
/** Where archives lie; of the worker and of twinctl. */
export const archiveSettings = {
  /** A folder; by default below DATA_DIR. */
  ARCHIVE_DIR: dataDir.optional(),
  /** A bucket of an S3-compatible store instead, with its path: https://HOST/BUCKET or https://HOST/BUCKET/FOLDER. */
  ARCHIVE_S3_URL: z
    .url({ protocol: /^https?$/, error: "must be an http or https address of a bucket" })
    .optional()
    .meta({ examples: ["https://s3.eu-central-1.amazonaws.com/my-archives"] }),
  ARCHIVE_S3_REGION: z.string().default("us-east-1"),
  ARCHIVE_S3_ACCESS_KEY_ID: z.string().optional(),
  ARCHIVE_S3_SECRET_ACCESS_KEY: z.string().optional(),
};

const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Every environment variable that the worker process reads; `.env.example` is held against it. */
export const WorkerEnv = z
  .object({
    DATABASE_URL: databaseUrl,
    /**
     * Direct address of the database where DATABASE_URL leads through a pooler: the queue and the worker's liveness need
     * it.
     */
    DATABASE_DIRECT_URL: databaseUrl.optional(),
    /** 0 behind a pooler that can't keep prepared statements. */
    PREPARE: flag.default(true),
    DEMO: flag.default(false),
    DATA_DIR: dataDir.optional(),
    /** The key that wraps every data key: 32 bytes, base64. */
    KEY_ENCRYPTION_KEY: z.string().optional(),
    /** File of that key instead; by default below DATA_DIR. */
    KEY_FILE: z.string().optional(),
    /**
     * The erasure ledger, outside of the database and its backups: when an older copy is restored, it says who must be
     * erased again.
     */
    ERASURE_LEDGER: ledgerFile,
    ...archiveSettings,
    LOG_LEVEL: z
      .enum(logLevels, `must be one of ${logLevels.join(", ")}`)
      .default("info")
      .meta({ examples: ["info"] }),
    /** Jobs that run at once. */
    WORKER_CONCURRENCY: z
      .string()
      .regex(/^\d+$/, "must be a number")
      .transform(Number)
      .pipe(z.number().min(1, "must be 1 to 64").max(64, "must be 1 to 64"))
      .default(4)
      .meta({ examples: ["4"] }),
    /** The address of a service with OpenAI's chat completions, up to `/chat/completions`; it writes summaries. */
    SUMMARY_API_URL: z
      .url({ protocol: /^https?$/, error: "must be an http or https address" })
      .optional()
      .meta({ examples: ["https://api.openai.com/v1"] }),
    SUMMARY_API_KEY: z.string().optional(),
    /** The model that writes them. */
    SUMMARY_MODEL: z.string().optional(),
    /** Where letters are handed over: invitations, and links to choose a password. The api must know it, too. */
    SMTP_URL: smtpUrl.optional(),
    /** Whom letters are from: an address, or a name and an address. */
    MAIL_FROM: z
      .string()
      .regex(
        /^[^<>\r\n]*<?[^\s<>@]+@[^\s<>@]+>?$/,
        "must be an address, or a name and an address: Twins <twins@example.com>",
      )
      .optional()
      .meta({ examples: ["Twin Analytics <twins@example.com>"] }),
    /** For drills: the worker kills itself as by kill -9 at this place, like `sessions:deleted`. */
    FAULT_AT: z.string().optional(),
  })
  .refine(({ SUMMARY_API_URL, SUMMARY_MODEL }) => !SUMMARY_API_URL || SUMMARY_MODEL, { path: ["SUMMARY_MODEL"] })
  .refine(({ SMTP_URL, MAIL_FROM }) => !SMTP_URL || MAIL_FROM, { path: ["MAIL_FROM"] });
export type WorkerEnv = z.output<typeof WorkerEnv>;

/** The mail server; null: no letters. */
export const smtpOf = ({ SMTP_URL: url, MAIL_FROM: from }: WorkerEnv): Smtp | null =>
  url && from ? { url, from } : null;

/** The service that writes summaries; null: conversations are quoted. */
export const summaryEndpoint = ({
  SUMMARY_API_URL: url,
  SUMMARY_API_KEY: key,
  SUMMARY_MODEL: model,
}: WorkerEnv): Endpoint | null => (url && model ? { url, key, model } : null);
