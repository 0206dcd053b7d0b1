import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

export interface PartOptions {
  name: string;
  script: string;
  /** Options of Node itself. */
  node?: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  say: (line: string) => void;
  /** Called at each start, with the process number. */
  onStart: (pid: number) => void;
  /** Called when the part can't live: wrong configuration, or it dies again and again before it was ever ready. */
  onHopeless: (code: number) => void;
}

export interface Part {
  /** Resolves when the part says so over its channel for the first time. */
  ready: Promise<void>;
  stop: (within: number) => Promise<void>;
}

const wrongConfiguration = 78;
const steadyAfter = 30_000;
const hopelessAfter = 5;

/** Runs one process of the stack and brings it back when it dies, waiting longer each time. */
export function keepRunning(options: PartOptions): Part {
  let child: ChildProcess | null = null;
  let stopping = false;
  let everReady = false;
  let settle = () => {};
  const ready = new Promise<void>((resolve) => (settle = resolve));
  const wake = new AbortController();

  const live = async () => {
    for (let failures = 0; !stopping;) {
      const begin = Date.now();
      child = start(options);
      child.on("message", (message) => {
        if (message !== "ready") return;
        everReady = true;
        settle();
      });
      const { code, signal } = await ended(child);
      if (stopping) return;
      if (code === wrongConfiguration) return options.onHopeless(code);
      failures = Date.now() - begin > steadyAfter ? 1 : failures + 1;
      if (!everReady && failures >= hopelessAfter) return options.onHopeless(1);
      options.say(`${options.name} ended (${signal ?? `code ${code}`}): starting it again`);
      await sleep(Math.min(100 * 2 ** failures, 10_000), null, { signal: wake.signal }).catch(() => {});
    }
  };
  const life = live();

  return {
    ready,
    stop: async (within) => {
      stopping = true;
      wake.abort();
      child?.kill("SIGTERM");
      const late = setTimeout(() => child?.kill("SIGKILL"), within);
      await life;
      clearTimeout(late);
    },
  };
}

function start(options: PartOptions): ChildProcess {
  const child = spawn(process.execPath, [...(options.node ?? []), options.script], {
    cwd: options.cwd,
    env: options.env,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Ctrl-C in a terminal reaches the supervisor alone, which then ends its parts in order.
    detached: process.platform !== "win32",
  });
  if (child.pid) options.onStart(child.pid);
  for (const stream of [child.stdout, child.stderr]) if (stream) sort(stream, options);
  return child;
}

/** JSON lines are for the log file, errors among them for the terminal too; what else a part says is meant for people. */
function sort(stream: Readable, { name, logFile, say }: PartOptions): void {
  if (existsSync(logFile) && statSync(logFile).size > 20_000_000) renameSync(logFile, `${logFile}.old`);
  createInterface({ input: stream }).on("line", (line) => {
    if (!line.startsWith("{")) return say(line);
    appendFileSync(logFile, `${line}\n`, { mode: 0o600 });
    const serious = /"level":(50|60)\b/.test(line) && parsed(line);
    if (serious) say(`${name}: ${serious} (see ${logFile})`);
  });
}

function parsed(line: string): string | null {
  try {
    const entry = JSON.parse(line) as { msg?: string; err?: { message?: string } };
    return entry.err?.message ?? entry.msg ?? null;
  } catch {
    return null;
  }
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((done) => {
    child.once("exit", (code, signal) => done({ code, signal }));
    child.once("error", () => done({ code: 1, signal: null }));
  });
}
