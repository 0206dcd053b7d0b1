import { createReadStream } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { BadExport, BadFile, type ExportFiles, isOfExport, othersAtMost, pathOf } from "./files.ts";
import { openZip } from "./zip.ts";

async function openFolder(folder: string): Promise<ExportFiles> {
  const found = new Map<string, { path: string; size: number }>();
  const others: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = pathOf(relative(folder, path));
    if (isOfExport(name)) found.set(name, { path, size: (await stat(path)).size });
    else if (others.length < othersAtMost) others.push(name);
  }
  return {
    names: [...found.keys()].toSorted(),
    others,
    notes: [],
    size: (name) => found.get(name)?.size ?? 0,
    open: async (name) => {
      const file = found.get(name);
      if (!file) throw new BadFile(name, "is not in the folder");
      return createReadStream(file.path, { highWaterMark: 256 * 1024 });
    },
    close: () => {},
  };
}

/** What something is that isn't Slack's layout, and what to do about it. */
function whatElse(path: string, { names, others }: ExportFiles): string {
  const all = [...names, ...others];
  const slackdump = "make an export of it with slackdump (slackdump convert -f export), and import that";
  if (others.some((name) => /(?:^|\/)slackdump\.sqlite$|\.sqlite3?$/i.test(name)))
    return `${path} holds a database of slackdump: ${slackdump}.`;
  if (all.some((name) => /(?:^|\/)[CDG][A-Z0-9]+(?:-\d+\.\d+)?\.json(?:\.gz)?$/.test(name)))
    return `${path} is a dump of slackdump, a file a channel, not an export: ${slackdump}.`;
  if (others.some((name) => /\.txt$/i.test(name)) && !names.some((name) => /\.json$/i.test(name)))
    return `${path} is an export as text files: ask Slack for the export as JSON, and import that.`;
  const inner = others.find((name) => /\.zip$/i.test(name));
  if (inner !== undefined) return `${path} holds ${inner}: unpack it, and import that zip.`;
  return `${path} holds no users.json, so it isn't a Slack export.`;
}

async function refuseFile(path: string): Promise<void> {
  const file = await open(path);
  const head = Buffer.alloc(16);
  await file.read(head, 0, 16, 0).finally(() => file.close());
  if (head.toString("latin1").startsWith("SQLite format 3"))
    throw new BadExport(
      `${path} is a database, as slackdump makes it: make an export of it (slackdump convert -f export), and import that.`,
    );
}

const depth = (name: string) => name.split("/").length;

/**
 * Opens an export, a zip or a folder. Names are relative to the place of `users.json` (or `org_users.json`), so that a
 * zip around a folder reads the same. Throws `BadExport` with one sentence for anything that isn't an export.
 */
export async function openExport(path: string): Promise<ExportFiles> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new BadExport(`There is no file or folder ${path}.`);
  if (!found.isDirectory()) await refuseFile(path);
  const files = found.isDirectory() ? await openFolder(path.replace(/(?<=.)\/+$/, "")) : await openZip(path);
  const [users] = files.names
    .filter((name) => /^(?:org_)?users\.json$/i.test(basename(name)))
    .toSorted((a, b) => depth(a) - depth(b) || a.length - b.length);
  if (users === undefined) {
    files.close();
    throw new BadExport(whatElse(path, files));
  }
  const root = users.slice(0, -basename(users).length);
  return {
    ...files,
    names: files.names.filter((name) => name.startsWith(root)).map((name) => name.slice(root.length)),
    size: (name) => files.size(root + name),
    open: (name) => files.open(root + name),
  };
}

/** A file of that name beside an export, if one lies there. */
export async function besideExport(path: string, name: string): Promise<string | null> {
  const file = join(dirname(path), name);
  return (await stat(file).catch(() => null))?.isFile() ? file : null;
}
