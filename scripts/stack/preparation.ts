import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { root } from "./root.ts";

/** What the supervisor needs to know of the environment. */
export interface StackSettings {
  dataDir: string;
  port: number;
  /** The database of DATABASE_URL; null: one of our own. */
  given: string | null;
  demo: boolean;
}

/** The preparation ended before it was done; it has said why. */
export class PreparationEnded extends Error {
  readonly code: number;
  constructor(code: number) {
    super("The stack could not be prepared.");
    this.code = code;
  }
}

export interface Preparation {
  settings: Promise<StackSettings>;
  /** Migrates this database and builds the dashboard; then api and worker may run. */
  prepare: (databaseUrl: string) => Promise<void>;
  /** Resolves once the dashboard is served and people were told how to come in. */
  greeted: () => Promise<void>;
  stop: () => Promise<void>;
}

/**
 * Starts prepare.ts: a process of its own, because it loads what nobody needs once the stack runs, and its memory goes
 * with it. Each step is refused with PreparationEnded when it failed.
 */
export function startPreparation(): Preparation {
  const child = fork(join(root, "scripts/stack/prepare.ts"), {
    execArgv: [],
    // Ctrl-C in a terminal reaches the supervisor alone.
    detached: process.platform !== "win32",
  });
  const ended = once(child, "exit").then(([code, signal]) => {
    if (code === null) throw new Error(`What prepares the stack was killed (${signal}).`);
    return Number(code);
  });
  const message = () =>
    Promise.race([
      once(child, "message").then(([said]) => said as unknown),
      ended.then((code) => Promise.reject(new PreparationEnded(code))),
    ]);
  return {
    settings: message() as Promise<StackSettings>,
    prepare: async (databaseUrl) => {
      const prepared = message();
      child.send(databaseUrl);
      await prepared;
    },
    greeted: async () => {
      const code = await ended;
      if (code !== 0) throw new PreparationEnded(code);
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended.catch(() => {});
    },
  };
}
