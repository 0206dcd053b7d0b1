import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { BadExport, type ExportFiles, fileBytes, totalBytes } from "./files.ts";
import { openZip } from "./zip.ts";

async function openFolder(folder: string): Promise<ExportFiles> {
  const names: string[] = [];
  let total = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith(".json")) continue;
    const path = join(entry.parentPath, entry.name);
    const name = path.slice(folder.length).replaceAll("\\", "/").replace(/^\/+/, "");
    const { size } = await stat(path);
    if (size > fileBytes) throw new BadExport(`${name} has ${size} bytes; a file of an export may have ${fileBytes}.`);
    total += size;
    names.push(name);
  }
  if (total > totalBytes) throw new BadExport(`The folder holds ${total} bytes; an export may have ${totalBytes}.`);
  return { names: names.toSorted(), open: async (name) => createReadStream(join(folder, name)), close: () => {} };
}

/** A `twins.json` that lies beside the export instead of in it. */
async function beside(path: string): Promise<string | null> {
  const file = join(dirname(path), "twins.json");
  return (await stat(file).catch(() => null))?.isFile() ? file : null;
}

/**
 * Opens an export, a zip or a folder. Names are relative to the place of `users.json`, so that a zip around a folder
 * reads the same. Throws `BadExport` with one sentence for anything that isn't an export.
 */
export async function openExport(path: string): Promise<ExportFiles> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new BadExport(`There is no file or folder ${path}.`);
  const files = found.isDirectory() ? await openFolder(path.replace(/\/+$/, "")) : await openZip(path);
  const users = files.names
    .filter((name) => basename(name) === "users.json" && !name.startsWith("__MACOSX/"))
    .toSorted((a, b) => a.length - b.length)[0];
  if (users === undefined) {
    files.close();
    throw new BadExport(`${path} holds no users.json, so it isn't a Slack export.`);
  }
  const root = users.slice(0, -"users.json".length);
  const inside = files.names.filter((name) => name.startsWith(root)).map((name) => name.slice(root.length));
  const twins = inside.includes("twins.json") ? null : await beside(path);
  return {
    names: twins ? [...inside, "twins.json"] : inside,
    open: (name) =>
      twins && name === "twins.json" ? Promise.resolve(createReadStream(twins)) : files.open(root + name),
    close: files.close,
  };
}

/** The parsed content of one JSON file of the export; throws `BadExport` naming the file if it is none. */
export async function readJson(files: ExportFiles, name: string): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of await files.open(name)) {
      bytes += (chunk as Buffer).length;
      if (bytes > fileBytes) throw new BadExport(`${name} is larger than ${fileBytes} bytes.`);
      chunks.push(chunk as Buffer);
    }
  } catch (error) {
    if (error instanceof BadExport) throw error;
    throw new BadExport(`${name} cannot be read: ${(error as Error).message}.`);
  }
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (error) {
    throw new BadExport(`${name} is not JSON: ${(error as Error).message}.`);
  }
}
