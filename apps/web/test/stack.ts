import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@twin/db/postgres/embedded/embedded";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    baseUrl: string;
    /** As whom the stack itself connects. */
    databaseUrl: string;
    dataDir: string;
  }
}

const startWithin = 180_000;

/** Starts the stack once for all browser tests, as a user would: demo data, its own data folder, a free port. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), "ai-twin-browser-"));
  const root = project.vitest.config.root;
  const env = { ...process.env, PORT: String(await freePort()), DATA_DIR: dataDir, DATABASE_URL: "", DEMO: "1" };
  const stack = spawn(process.execPath, [join(root, "scripts/start.ts")], {
    cwd: root,
    env: { ...env, NODE_ENV: "", VITEST: "" },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  const ended = new Promise<void>((done) => stack.once("exit", () => done()));
  let said = "";
  const url = await new Promise<string>((ready, failed) => {
    const late = setTimeout(() => failed(new Error(`The stack was not ready in time. It said:\n${said}`)), startWithin);
    const hear = (text: Buffer) => {
      said += text.toString();
      const found = /^ready (http:\S+)$/m.exec(said)?.[1];
      if (!found) return;
      clearTimeout(late);
      ready(found);
    };
    stack.stdout?.on("data", hear);
    stack.stderr?.on("data", hear);
    void ended.then(() => failed(new Error(`The stack ended before it was ready. It said:\n${said}`)));
  });
  project.provide("baseUrl", url);
  project.provide("dataDir", dataDir);
  project.provide("databaseUrl", JSON.parse(readFileSync(join(dataDir, "run.json"), "utf8")).databaseUrl);
  return async () => {
    stack.kill("SIGTERM");
    await ended;
    rmSync(dataDir, { recursive: true, force: true });
  };
}
