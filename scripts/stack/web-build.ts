import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const own = ["src", "static", "package.json", "tsconfig.json", "vite.config.ts"].map((name) => `apps/web/${name}`);
const sources = ["pnpm-lock.yaml", "tsconfig.base.json", "packages/contracts/src", "packages/wording/src", ...own];

/**
 * Builds the dashboard unless the build at hand was made, to its end, of the sources at hand.
 * @param onStart gets the process, so that it can be ended early
 * @throws Error with what the build said
 */
export async function buildWeb(root: string, onStart: (child: ChildProcess) => void): Promise<void> {
  const build = join(root, "apps/web/build");
  const stamp = join(build, ".sources");
  const state = fingerprint(root);
  const current = existsSync(join(build, "handler.js")) && existsSync(stamp) && readFileSync(stamp, "utf8") === state;
  if (current) return;
  await turbo(root, onStart);
  // Written last, into the folder that a build empties first: a build that was cut has no stamp.
  writeFileSync(stamp, state);
}

function turbo(root: string, onStart: (child: ChildProcess) => void): Promise<void> {
  const args = ["run", "build", "--filter=@twin/web", "--output-logs=errors-only"];
  const child = spawn("turbo", args, {
    cwd: root,
    shell: process.platform === "win32",
    detached: process.platform !== "win32",
  });
  onStart(child);
  let output = "";
  child.stdout.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr.on("data", (text: Buffer) => (output += text.toString()));
  return new Promise((done, failed) => {
    child.once("error", (error) => failed(new Error(`The dashboard could not be built: ${error.message}`)));
    child.once("close", (code) =>
      code === 0 ? done() : failed(new Error(`The dashboard could not be built:\n${output}`)),
    );
  });
}

function fingerprint(root: string): string {
  const hash = createHash("sha256");
  const add = (path: string) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (!statSync(full).isDirectory())
      return void hash.update(path).update("\0").update(readFileSync(full)).update("\0");
    for (const name of readdirSync(full).toSorted()) add(join(path, name));
  };
  for (const path of sources) add(path);
  return hash.digest("hex");
}
