import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { commandLine } from "@twin/db/postgres/embedded/leftover";

/** What DATA_DIR/run.json says of the instance that uses the folder. */
export interface Running {
  pid: number;
  /** The script that runs; tells a live process from another one with the same number. */
  script: string;
  databaseUrl?: string;
  url?: string;
  /** api and worker, so that the next start can end what a killed one left behind. */
  parts?: Record<string, number>;
}

const fileOf = (dataDir: string) => join(dataDir, "run.json");

/** The live instance on this folder, null if there is none. */
export function findRunning(dataDir: string): Running | null {
  const noted = read(dataDir);
  return noted && isScript(noted.pid, noted.script) ? noted : null;
}

/**
 * Takes the data folder for this process, ending what a killed instance left running.
 * @returns the live instance that has it, or null once it is ours
 */
export async function claim(dataDir: string, script: string): Promise<Running | null> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      writeFileSync(fileOf(dataDir), JSON.stringify({ pid: process.pid, script }), { flag: "wx", mode: 0o600 });
      return null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    const other = findRunning(dataDir);
    if (other) return other;
    await endParts(read(dataDir)?.parts ?? {});
    rmSync(fileOf(dataDir), { force: true });
  }
}

/** Writes down what others may want to know of us. */
export function announce(dataDir: string, running: Omit<Running, "pid">): void {
  const half = `${fileOf(dataDir)}.new`;
  writeFileSync(half, JSON.stringify({ pid: process.pid, ...running }, null, 2), { mode: 0o600 });
  renameSync(half, fileOf(dataDir));
}

export function release(dataDir: string): void {
  if (read(dataDir)?.pid === process.pid) rmSync(fileOf(dataDir), { force: true });
}

function read(dataDir: string): Running | null {
  try {
    return JSON.parse(readFileSync(fileOf(dataDir), "utf8")) as Running;
  } catch {
    return null;
  }
}

function isScript(pid: number, script: string): boolean {
  return commandLine(pid).includes(script);
}

async function endParts(parts: Record<string, number>): Promise<void> {
  for (const [script, pid] of Object.entries(parts)) {
    if (!isScript(pid, script)) continue;
    process.kill(pid, "SIGKILL");
    for (let waited = 0; isScript(pid, script) && waited < 2_000; waited += 20) await sleep(20);
  }
}
