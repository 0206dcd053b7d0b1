import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "@twin/db/postgres/embedded/embedded";
import { isFree, untilServed } from "../stack/answers.ts";
import { root } from "../stack/root.ts";

/** Everything of `npm start`, from npm itself on. */
export type Stack = {
  url: string;
  pid: number;
  /** From the start of npm until the dashboard answered with 200. */
  seconds: number;
  apiPid: number;
  stop: () => Promise<void>;
};

export const benchDir = join(root, ".data", "bench");
const startWithin = 900_000;

let running: ChildProcess | null = null;
for (const event of ["SIGINT", "SIGTERM", "disconnect"] as const)
  process.on(event, () => {
    running?.kill("SIGTERM");
    process.exit(1);
  });
process.channel?.unref();

/** What was committed last, in a folder of its own, as somebody who has cloned it finds it. */
export function freshClone(): string {
  const folder = join(benchDir, "clone");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(benchDir, { recursive: true });
  const { status, stderr } = spawnSync("git", ["clone", "--quiet", "--no-hardlinks", root, folder], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`git clone: ${stderr}`);
  return folder;
}

/**
 * Starts everything in a checkout by `npm start`, with the demonstration, on a port and in a data folder of its own.
 * @throws Error with what it said where it ends, or isn't there in time
 */
export async function startStack(checkout: string, dataDir: string): Promise<Stack> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  // As in a terminal: without the tools and settings of this run.
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|FULL$|VITEST)/i.test(name));
  const path = process.env["PATH"]!.split(delimiter).filter((folder) => !folder.startsWith(root));
  const begun = performance.now();
  const npm = spawn("npm", ["start"], {
    cwd: checkout,
    env: {
      ...Object.fromEntries(kept),
      PATH: path.join(delimiter),
      PORT: String(port),
      DATA_DIR: dataDir,
      DATABASE_URL: "",
      DEMO: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = npm;
  let said = "";
  for (const stream of [npm.stdout, npm.stderr]) stream.on("data", (text: Buffer) => (said += text.toString()));
  const ended = once(npm, "exit");
  await Promise.race([
    untilServed(`${url}/`),
    ended.then(() => Promise.reject(new Error(`npm start ended:\n${said}`))),
    sleep(startWithin, null, { ref: false }).then(() => Promise.reject(new Error(`npm start isn't ready:\n${said}`))),
  ]);
  const seconds = (performance.now() - begun) / 1_000;
  return {
    url,
    pid: npm.pid!,
    seconds,
    apiPid: partsOf(dataDir)["api"]!,
    stop: async () => {
      npm.kill("SIGTERM");
      await ended;
      running = null;
      while (!(await isFree(port)) || existsSync(join(dataDir, "postgres", "postmaster.pid"))) await sleep(50);
    },
  };
}

/** The process of each part of a running stack, by name. */
function partsOf(dataDir: string): Record<string, number> {
  const { parts } = JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8")) as { parts: Record<string, number> };
  return Object.fromEntries(
    Object.entries(parts).flatMap(([script, pid]) => {
      const [, name] = /apps[/\\](\w+)[/\\]/.exec(script) ?? [];
      return name ? [[name, pid]] : [];
    }),
  );
}

/** A data folder that nothing was ever in. */
export function freshData(name: string): string {
  const dataDir = join(benchDir, name);
  rmSync(dataDir, { recursive: true, force: true });
  return dataDir;
}
