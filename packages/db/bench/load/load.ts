import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inTenant } from "../../src/tenancy/actor.ts";
import { connect } from "../../src/postgres/connect.ts";
import { ensureDataKeys } from "../../src/tenancy/encryption/data-keys.ts";
import { unlockKeys } from "../../src/tenancy/encryption/key-encryption-key.ts";
import { migrate } from "../../src/postgres/migrate.ts";
import { open } from "../server.ts";
import { activitiesEach } from "../size.ts";
import { connections, fill, systemOf } from "./fill.ts";

/** What is known of a loaded data folder. */
export type Loaded = {
  /** The day after the last one with history. */
  anchor: string;
  big: { org_id: number; users: number };
  counts: Record<string, number>;
  seconds: number;
  /** Runs of the benchmark on it so far. */
  runs: number;
};

export const benchKey = Buffer.alloc(32, 7).toString("base64");
const metaFile = (dataDir: string) => join(dataDir, "loaded.json");

export function readLoaded(dataDir: string): Loaded | null {
  return existsSync(metaFile(dataDir)) ? (JSON.parse(readFileSync(metaFile(dataDir), "utf8")) as Loaded) : null;
}

export function writeLoaded(dataDir: string, loaded: Loaded): void {
  writeFileSync(`${metaFile(dataDir)}.new`, JSON.stringify(loaded));
  renameSync(`${metaFile(dataDir)}.new`, metaFile(dataDir));
}

/**
 * Fills a new data folder with so many activities and all their figures (`fill`).
 * @param headcount how many people they are of
 */
export async function load(
  dataDir: string,
  activities: number,
  say: (line: string) => void,
  headcount = activities / activitiesEach,
): Promise<Loaded> {
  rmSync(dataDir, { recursive: true, force: true });
  mkdirSync(dataDir, { recursive: true });
  const server = await open(dataDir, true);
  const begun = performance.now();
  const took = () => `${((performance.now() - begun) / 1000).toFixed(0)} s`;
  try {
    const url = server.url();
    await migrate(url);
    const db = connect(url, { max: connections + 1 });
    await unlockKeys(db, { key: benchKey });
    const now = new Date();
    const anchor = now.toISOString().slice(0, 10);
    const organizations = await fill(url, db, { activities, headcount, now, say });
    const big = organizations[0]!;
    await giveKeys(db, big.org_id);
    const counted = await db.pool.query<Record<string, number>>(
      `select ${["users", "sessions", "activities", "messages", "user_days", "day_users"]
        .map((table) => `(select count(*)::int from ${table}) as ${table}`)
        .join(", ")}, (select count(*)::int from activities where org_id = $1) as activities_of_big`,
      [big.org_id],
    );
    await db.pool.query("analyze");
    await db.pool.query("checkpoint");
    await db.close();
    const seconds = Math.round((performance.now() - begun) / 1000);
    const loaded: Loaded = { anchor, big, counts: counted.rows[0]!, seconds, runs: 0 };
    writeLoaded(dataDir, loaded);
    say(`loaded: ${took()}`);
    return loaded;
  } finally {
    await server.stop(60_000);
  }
}

/** Everyone of the organisation has the key that their first words would have made. */
async function giveKeys(db: ReturnType<typeof connect>, org_id: number): Promise<void> {
  const actor = systemOf(org_id);
  const rows = await inTenant(db, actor, (tx) =>
    tx.query<{ id: string }>({ text: "select id from users where org_id = $1", values: [org_id] }),
  );
  for (let at = 0; at < rows.length; at += 5_000) {
    const part = rows.slice(at, at + 5_000).map(({ id }) => id);
    await inTenant(db, actor, (tx) => ensureDataKeys(db, tx, part));
  }
}
