import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readEnv } from "@twin/db/postgres/env";
import { untilServed } from "./answers.ts";
import type { StackSettings } from "./preparation.ts";
import { root } from "./root.ts";
import { settings } from "./settings.ts";
import { buildWeb } from "./web-build.ts";

// Reads the environment, then, for the database that it is told, does what must be done before api and worker can run, and
// ends when people were told how to come in.

const env = readEnv(settings);
// Its passwords are published: where other machines can come in, it is there only if asked for by name.
const isOpen = !/^(localhost|127(\.\d{1,3}){3}|::1)$/.test(env.HOST);
const demo = env.DEMO ?? (!env.DATABASE_URL && !isOpen);
const url = `http://127.0.0.1:${env.PORT}`;
let building: ChildProcess | null = null;

process.on("SIGTERM", () => end(1));
// The supervisor is gone, however it went.
process.on("disconnect", () => end(1));

tell({ dataDir: env.DATA_DIR, port: env.PORT, given: env.DATABASE_URL ?? null, demo });
const [databaseUrl] = (await once(process, "message")) as [string];
try {
  const direct = env.DATABASE_DIRECT_URL ?? databaseUrl;
  if (env.DATABASE_URL) await (await import("@twin/db/postgres/server")).checkServer(direct);
  const { migrate } = await import("@twin/db/postgres/migrate");
  await Promise.all([migrate(direct), buildWeb(root, (child) => (building = child)).finally(() => (building = null))]);
  tell("prepared");
  await untilServed(url);
  const lines = await (demo ? demoLines() : ownerLines());
  process.stdout.write(lines.map((line) => `${line}\n`).join(""), () => end(0));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  end(1);
}

async function demoLines(): Promise<string[]> {
  const { demoLogins } = await import("@twin/db/access/demo");
  return demoLogins.map(({ role, email, password }) => `sign in as ${role}: ${email} / ${password}`);
}

/** While nobody has an account: the link that makes its visitor the owner. It goes to the terminal, and into no log. */
async function ownerLines(): Promise<string[]> {
  const { connect } = await import("@twin/db/postgres/connect");
  const { makeSetupLink } = await import("@twin/db/access/links");
  const db = connect(databaseUrl, { max: 1, applicationName: "twin start" });
  const token = await makeSetupLink(db).finally(() => db.close());
  return token === null ? [] : [`create the owner: ${env.PUBLIC_URL?.origin ?? url}/sign-in?setup=${token}`];
}

function tell(message: StackSettings | "prepared"): void {
  process.send?.(message);
}

/** Ends with the build, if there is one, and all that it started. */
function end(code: number): never {
  if (building?.pid) {
    try {
      process.kill(process.platform === "win32" ? building.pid : -building.pid, "SIGTERM");
    } catch {
      // It ended by itself in this very moment.
    }
  }
  process.exit(code);
}
