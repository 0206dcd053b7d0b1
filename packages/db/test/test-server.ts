import { rmSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "../src/postgres/embedded/embedded.ts";
import { endLeftover } from "../src/postgres/embedded/leftover.ts";
import { migrate } from "../src/postgres/migrate.ts";
import { ownFolder } from "./own-folder.ts";

/** The migrated database that test files get clones of. */
export const templateName = "template_migrated";

export type TestServer = { url: string; stop(): Promise<void> };

/** A throw-away server with the migrated template. @param binDir programs of another version */
export async function startTestServer(binDir?: string): Promise<TestServer> {
  const dataDir = await ownFolder("tests", (folder) => endLeftover(join(folder, "postgres")));
  const server = await startEmbedded({ dataDir, durable: false, ...(binDir ? { binDir } : {}) });
  const stop = async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  try {
    const admin = new pg.Client(server.url());
    await admin.connect();
    await admin.query(`create database ${templateName}`);
    await migrate(server.url(templateName));
    await admin.query(`alter database ${templateName} allow_connections false`);
    await admin.end();
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: server.url(), stop };
}
