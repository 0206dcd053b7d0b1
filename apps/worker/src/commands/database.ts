import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { Actor } from "@twin/db/tenancy/actor";
import { connect, type Database } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { databaseUrl, dataDir, flag, readEnv } from "@twin/db/postgres/env";
import { migrate } from "@twin/db/postgres/migrate";
import { findOrganization, type Organization } from "@twin/db/tenancy/organizations/find";
import { z } from "zod";
import { openArchive } from "../archive/open.ts";
import { archiveSettings, headsOf, ledgerFile, ledgerOf } from "../env.ts";
import { Failure } from "./command.ts";

const settings = z.object({
  DATABASE_URL: databaseUrl.optional(),
  DATABASE_DIRECT_URL: databaseUrl.optional(),
  DATA_DIR: dataDir.default(() => join(process.cwd(), ".data")),
  PREPARE: flag.default(true),
  KEY_ENCRYPTION_KEY: z.string().optional(),
  KEY_FILE: z.string().optional(),
  ERASURE_LEDGER: ledgerFile,
  ...archiveSettings,
});

/** Where the database is, by the environment; the launcher fills it in for the embedded server. */
export function place() {
  const env = readEnv(settings);
  const url = env.DATABASE_URL;
  if (url === undefined)
    throw new Failure("DATABASE_URL is missing: start twinctl through ./twinctl, which finds or starts a database.");
  return {
    url,
    direct: env.DATABASE_DIRECT_URL ?? url,
    prepare: env.PREPARE,
    ledger: ledgerOf(env),
    heads: headsOf(env),
    archive: openArchive(env)!,
    keys: { key: env.KEY_ENCRYPTION_KEY, file: env.KEY_FILE ?? join(env.DATA_DIR, "keys", "key-encryption-key") },
  };
}

/** Runs `work` on the migrated database, able to read and write encrypted columns, and closes it afterwards. */
export async function withDatabase<T>(work: (db: Database) => Promise<T>, options: { max?: number } = {}): Promise<T> {
  const { url, direct, prepare, keys } = place();
  await migrate(direct);
  const db = connect(url, { max: options.max ?? 4, applicationName: "twinctl", prepare });
  try {
    await unlockKeys(db, keys);
    return await work(db);
  } finally {
    await db.close();
  }
}

/** The organisation of `--org`. @throws Failure for an unknown one, telling how to make it */
export async function organizationOf(db: Database, slug: string): Promise<Organization> {
  const organization = await findOrganization(db, slug);
  if (organization) return organization;
  throw new Failure(
    `There is no organisation ${slug}. Make it with: ./twinctl org create ${slug} --name NAME --timezone ZONE`,
  );
}

/** Who a command acts as in an organisation. */
export const commandActor = (org_id: number, command: string): Actor => ({
  kind: "system",
  org_id,
  job: `twinctl ${command}`,
  request_id: randomUUID(),
});
