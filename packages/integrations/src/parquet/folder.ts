import { mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Blobs } from "./blobs.ts";

export const draftEnding = ".partial";

/** Archives in a folder of this machine (or one that is mounted there). */
export function folderBlobs(root: string): Blobs {
  const fileOf = (path: string) => join(root, ...path.split("/"));
  return {
    where: root,
    async draft(path) {
      const file = fileOf(path) + draftEnding;
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      return file;
    },
    async put(path, draft) {
      const file = fileOf(path);
      await rename(draft, file);
      await syncFolder(dirname(file));
    },
    async fetch(path) {
      const file = fileOf(path);
      const found = await stat(file).catch(ifMissing);
      return found ? { file, release: async () => {} } : null;
    },
    // A draft lies where its file will, and goes with its part.
    tidy: () => Promise.resolve(0),
    async remove(path) {
      for (const ending of ["", draftEnding]) await rm(fileOf(path) + ending, { force: true });
    },
  };
}

/** Without it a power cut may forget the name of a file that is there. Windows has no such thing. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
}

function ifMissing(error: NodeJS.ErrnoException): null {
  if (error.code === "ENOENT" || error.code === "ENOTDIR") return null;
  throw error;
}
