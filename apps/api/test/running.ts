import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A process of the api: what it wrote, how it ended, where it listens. */
export type Run = { child: ChildProcess; output: () => string; ended: Promise<number | null>; url: string };

/** Starts the api itself, as npm start does, on a port of its own. */
export async function run(
  api: { database: { url: string } },
  folder: string,
  env: Record<string, string> = {},
): Promise<Run> {
  const PORT = String(await freePort());
  const settings = {
    KEY_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
    DATABASE_URL: api.database.url,
    DATA_DIR: folder,
    WEB_HANDLER: join(folder, "none.js"),
    PORT,
    ...env,
  };
  const child = spawn(process.execPath, ["--max-semi-space-size=16", main], {
    // What earlier starts compiled is read instead of compiled anew.
    env: { PATH: process.env["PATH"], NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"], ...settings },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let output = "";
  for (const stream of [child.stdout!, child.stderr!])
    stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  return {
    child,
    output: () => output,
    ended: once(child, "exit").then(([code]) => code as number | null),
    url: `http://127.0.0.1:${settings.PORT}`,
  };
}
/** `ready`, or how it ended before it was. */
export const ready = (started: Run) =>
  Promise.race([
    once(started.child, "message").then(([message]) => message as string),
    started.ended.then((code) => `ended with ${code}: ${started.output()}`),
  ]);
