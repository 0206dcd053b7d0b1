import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import type { TestProject } from "vitest/node";
import { startEmbedded } from "../src/embedded.ts";
import { endLeftover } from "../src/embedded/leftover.ts";
import { migrate } from "../src/migrate.ts";

const templateName = "template_migrated";

declare module "vitest" {
  interface ProvidedContext {
    adminUrl: string;
    templateName: string;
  }
}

/** One throw-away server a test run, with one migrated database that each test file gets a clone of. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const binDir = project.config.env.POSTGRES_BIN;
  const dataDir = await emptyFolder();
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
  project.provide("adminUrl", server.url());
  project.provide("templateName", templateName);
  return stop;
}

/** A folder named by this process; those of runs that were killed are cleared away, with their servers. */
async function emptyFolder(): Promise<string> {
  const home = join(tmpdir(), `ai-twin-tests-${process.getuid?.() ?? 0}`);
  mkdirSync(home, { recursive: true, mode: 0o711 });
  for (const name of readdirSync(home)) {
    if (isRunning(Number(name.split("-")[0]))) continue;
    await endLeftover(join(home, name, "postgres"));
    rmSync(join(home, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(home, `${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
