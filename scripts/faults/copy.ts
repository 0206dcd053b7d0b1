import { cpSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { ownFolder } from "../../packages/db/test/own-folder.ts";

const leftBehind = new Set([".git", ".runtime", ".data", ".turbo", ".pnpm", "coverage"]);

/**
 * A copy of the checkout outside of it, in which faults are planted: a run that is killed leaves the sources as they
 * were. What is installed is shared, the packages of the workspace are the copy's own.
 */
export async function copyCheckout(root: string): Promise<string> {
  const copy = await ownFolder("faults");
  cpSync(root, copy, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (path) => path === root || !leftBehind.has(basename(path)),
  });
  symlinkSync(join(root, "node_modules", ".pnpm"), join(copy, "node_modules", ".pnpm"));
  return copy;
}
