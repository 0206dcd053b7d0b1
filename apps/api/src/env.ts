import { resolve } from "node:path";
import { databaseUrl, dataDir, flag, port, publicUrl, smtpUrl } from "@twin/db/postgres/env";
import { z } from "zod";

export const logLevels = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** Every environment variable that the api process reads; `.env.example` is held against it. */
export const ApiEnv = z.object({
  DATABASE_URL: databaseUrl,
  /** Direct address of the database where DATABASE_URL leads through a pooler: for listening to changes. */
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  /** 0 behind a pooler that can't keep prepared statements. */
  PREPARE: flag.default(true),
  PORT: port.default(3000),
  /** Address to listen on; 0.0.0.0 for all. */
  HOST: z
    .string()
    .min(1)
    .default("127.0.0.1")
    .meta({ examples: ["127.0.0.1"] }),
  DEMO: flag.default(false),
  /** Holds the encryption key, unless KEY_FILE or KEY_ENCRYPTION_KEY say otherwise. */
  DATA_DIR: dataDir.default(() => resolve(".data")),
  KEY_FILE: z
    .string()
    .min(1)
    .optional()
    .meta({ examples: ["/run/secrets/key-encryption-key"] }),
  /** 32 bytes as base64; make one with `openssl rand -base64 32`. */
  KEY_ENCRYPTION_KEY: z.string().min(1).optional(),
  LOG_LEVEL: z
    .enum(logLevels, `must be one of ${logLevels.join(", ")}`)
    .default("info")
    .meta({ examples: ["info"] }),
  /** 1 behind a proxy that sets X-Forwarded-For and X-Forwarded-Proto itself. */
  TRUST_PROXY: flag.default(false),
  /** The address that people open, where it isn't one of this machine; requests to other host names are refused. */
  PUBLIC_URL: publicUrl.optional(),
  /** Set: this server sends letters. The worker does, by the same address. */
  SMTP_URL: smtpUrl.optional(),
  /** Path of the built dashboard's handler, where it isn't beside this process. */
  WEB_HANDLER: z
    .string()
    .min(1)
    .optional()
    .meta({ examples: ["apps/web/build/handler.js"] }),
});
export type ApiEnv = z.output<typeof ApiEnv>;
