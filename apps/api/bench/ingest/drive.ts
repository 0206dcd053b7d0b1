import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Kind } from "./bodies.ts";

/** What a driver sends, and how: for so many seconds after those that warm up, or so many activities in all. */
export type Load = {
  url: string;
  key: string;
  kind: Kind;
  people: number;
  /** What the ids of its records begin with. */
  name: string;
  connections: number;
  /** Activities in a request. */
  batch: number;
  seconds?: number;
  warming?: number;
  total?: number;
  /** Activities a second; without it, as many as are taken. */
  rate?: number;
};

export type Sent = {
  /** Milliseconds of each request that counts. */
  times: number[];
  /** Activities of requests that count, and of all. */
  counted: number;
  sent: number;
  seconds: number;
  /** Milliseconds of the driver's own CPU. */
  cpu: number;
  /** The first answer that wasn't as it should be. */
  trouble: string | null;
};

const script = fileURLToPath(new URL("driver.ts", import.meta.url));

/** Sends a load from a process of its own. @throws Error where the api did not store all of it */
export async function drive(load: Load): Promise<Sent> {
  const driver = spawn(process.execPath, [script], { stdio: ["ignore", 2, 2, "ipc"] });
  driver.send(load);
  const [sent] = (await Promise.race([
    once(driver, "message"),
    once(driver, "exit").then(([code]) => Promise.reject(new Error(`the driver ended with ${code}`))),
  ])) as [Sent];
  if (sent.trouble !== null) throw new Error(`the api answered ${sent.trouble}`);
  return sent;
}
