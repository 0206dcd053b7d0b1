import { spawnSync } from "node:child_process";
import { chownSync, cpSync, existsSync, lstatSync, readdirSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Native } from "./native.ts";

/** How to run a server program here, given that PostgreSQL refuses to run as root. */
export interface Runner {
  native: Native;
  command: (program: string, args: string[]) => [string, string[]];
  identity: { uid?: number; gid?: number };
  /** Hands files of ours to the user under whom the server runs. */
  adopt: (path: string) => void;
}

const nobody = 65_534;
const mapping = ["--user", "--map-user=1000", "--map-group=1000"];

/**
 * As a normal user: as it is. As root: inside a user namespace, in which root's files belong to user 1000, so that it
 * works from a clone below a closed home as well. Where namespaces are forbidden: as `nobody`, with a copy of the
 * programs if the clone can't be reached by that user.
 * @throws Error with a sentence for a person where `dataDir` can't be reached by `nobody`
 */
export function unprivileged(native: Native, dataDir: string): Runner {
  const program = (name: string) => join(native.bin, name);
  if (process.getuid?.() !== 0) {
    return { native, command: (name, args) => [program(name), args], identity: {}, adopt: () => {} };
  }
  if (spawnSync("unshare", [...mapping, "true"]).status === 0) {
    const command = (name: string, args: string[]): [string, string[]] => [
      "unshare",
      [...mapping, program(name), ...args],
    ];
    return { native, command, identity: {}, adopt: () => {} };
  }
  const identity = { uid: nobody, gid: nobody };
  chownSync(dataDir, nobody, nobody);
  if (spawnSync("ls", [dataDir], identity).status !== 0) {
    throw new Error(
      `PostgreSQL can't run as root, user namespaces are forbidden here, and the user nobody can't reach ${dataDir}: set DATA_DIR to a folder that everyone may enter, such as /var/lib/ai-twin-analytics.`,
    );
  }
  const reachable = spawnSync(program("postgres"), ["--version"], identity).status === 0 ? native : copied(native);
  return {
    native: reachable,
    command: (name, args) => [join(reachable.bin, name), args],
    identity,
    adopt: (path) => giveAway(path),
  };
}

function copied(native: Native): Native {
  const home = join(tmpdir(), `ai-twin-postgresql-${native.major}-${process.getuid?.() ?? 0}`);
  // Another user could have laid programs there for us to run.
  const foreign = existsSync(home) && lstatSync(home).uid !== process.getuid?.();
  if (foreign) throw new Error(`${home} belongs to someone else: remove it, or set TMPDIR to another folder.`);
  if (!existsSync(home)) {
    const half = `${home}.${process.pid}`;
    cpSync(native.home, half, { recursive: true, verbatimSymlinks: true });
    renameSync(half, home);
  }
  return { ...native, home, bin: join(home, basename(native.bin)) };
}

function giveAway(path: string): void {
  chownSync(path, nobody, nobody);
  if (!lstatSync(path).isDirectory()) return;
  for (const name of readdirSync(path)) giveAway(join(path, name));
}
