import { resolve } from "node:path";
import { databaseUrl, flag, port, publicUrl } from "@twin/db/postgres/env";
import { z } from "zod";
import { root } from "./root.ts";

/** What the local stack itself reads; api, worker and twinctl parse the rest for themselves. */
export const settings = z.object({
  PORT: port.default(3000),
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATA_DIR: z
    .string()
    .default(".data")
    .transform((path) => resolve(root, path)),
  DEMO: flag.optional(),
  HOST: z.string().min(1).default("127.0.0.1"),
  PUBLIC_URL: publicUrl.optional(),
});
