import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** The first lines of postmaster.pid: process, and whether the server takes connections. */
export function readPostmaster(data: string): { pid: number; ready: boolean } | null {
  try {
    const lines = readFileSync(join(data, "postmaster.pid"), "utf8").split("\n");
    return { pid: Number(lines[0]), ready: lines[7]?.trim() === "ready" };
  } catch {
    return null;
  }
}

/**
 * Ends the server that a killed launcher left behind on this data folder, and only that one: a process that merely got
 * the same number since then is left alone.
 * @returns whether there was one
 */
export async function endLeftover(data: string): Promise<boolean> {
  const pid = readPostmaster(data)?.pid;
  if (!pid || !commandLine(pid).includes(data)) return false;
  process.kill(pid, "SIGINT");
  for (let waited = 0; waited < 10_000; waited += 50) {
    await sleep(50);
    if (!commandLine(pid).includes(data)) return true;
    if (waited === 5_000) process.kill(pid, "SIGQUIT");
  }
  throw new Error(`The PostgreSQL server ${pid} on ${data} doesn't end: end it by hand and start again.`);
}

/** What a process was started with, "" where there is no such process. */
export function commandLine(pid: number): string {
  try {
    process.kill(pid, 0);
    if (process.platform === "linux") return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
    if (process.platform === "win32") return windowsCommandLine(pid);
    return execFileSync("ps", ["-o", "command=", "-p", String(pid)], { encoding: "utf8" });
  } catch {
    return "";
  }
}

function windowsCommandLine(pid: number): string {
  const query = `(Get-CimInstance Win32_Process -Filter "ProcessId=${pid}").CommandLine`;
  return execFileSync("powershell", ["-NoProfile", "-Command", query], { encoding: "utf8" });
}
