import { readElements } from "./elements.ts";
import { BadExport, BadFile, type ExportFiles } from "./files.ts";
import { isRow, type Person, readPeople, textOf } from "./people.ts";

/** A channel, group or direct conversation, with its files in order of their names. */
export interface Channel {
  /** Slack's id, which outlives a renaming. */
  id: string;
  name: string;
  kind: "channel" | "group" | "mpim" | "dm";
  /** Who takes part in a direct message; empty elsewhere. */
  members: readonly string[];
  files: string[];
}

/** What couldn't be read of an export. */
export interface Trouble {
  /** Files, and why. */
  unreadable: Map<string, string>;
  /** Files of which some messages can't be read, and how many. */
  damaged: Map<string, number>;
}

/** A folder of messages that no list of channels names. */
export interface Folder {
  name: string;
  files: string[];
}

export interface Workspace {
  people: Map<string, Person>;
  channels: Channel[];
  unlisted: Folder[];
  /** Whether this is the export of an organisation on Enterprise Grid. */
  isGrid: boolean;
  /** What the reader of the summary should know. */
  notes: string[];
  trouble: Trouble;
}

const lists = { "channels.json": "channel", "groups.json": "group", "mpims.json": "mpim", "dms.json": "dm" } as const;
const userLists = ["org_users.json", "users.json"];

const folderOf = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf("/")));
const fileOf = (name: string) => name.slice(name.lastIndexOf("/") + 1);
const within = (root: string, name: string) => (root === "" ? name : `${root}/${name}`);

/** Files of messages by the folder that they lie in, or by their own name where they lie flat beside the lists. */
class Folders {
  private readonly left = new Map<string, string[]>();
  private readonly claimed = new Set<string>();

  constructor(files: ExportFiles) {
    for (const name of files.names) {
      const folder = folderOf(name);
      if (folder === "") continue;
      const inside = this.left.get(folder);
      if (inside) inside.push(name);
      else this.left.set(folder, [name]);
    }
  }

  has = (folder: string) => this.left.has(folder);
  isClaimed = (folder: string) => this.claimed.has(folder);

  /** Takes a folder's files; each folder is one channel's. */
  claim(folder: string): string[] {
    const inside = this.left.get(folder) ?? [];
    if (inside.length > 0) this.claimed.add(folder);
    this.left.delete(folder);
    return inside;
  }

  /** What lies inside a channel's folder is its attachments; the rest no list names. */
  *unclaimed(): Generator<Folder> {
    for (const [name, files] of this.left) {
      const parts = name.split("/");
      const isInside = parts.some((_, at) => at > 0 && this.claimed.has(parts.slice(0, at).join("/")));
      if (!isInside) yield { name, files };
    }
  }
}

/** Folders that hold lists of channels: the export's own, and in the export of an organisation its workspaces'. */
function rootsOf(files: ExportFiles): string[] {
  const roots = new Set([""]);
  for (const name of files.names) if (fileOf(name).toLowerCase() in lists) roots.add(folderOf(name));
  return [...roots].toSorted((a, b) => a.split("/").length - b.split("/").length || (a < b ? -1 : 1));
}

async function readChannels(files: ExportFiles, folders: Folders, workspace: Workspace): Promise<void> {
  const flat = new Set(files.names.filter((name) => !name.includes("/") && !(name.toLowerCase() in lists)));
  const rows: { root: string; kind: Channel["kind"]; id: string; name: string; members: string[] }[] = [];
  const seen = new Set<string>();
  const roots = rootsOf(files);
  for (const root of roots)
    for (const [list, kind] of Object.entries(lists)) {
      const path = within(root, list);
      if (!files.names.includes(path)) continue;
      try {
        for await (const elements of readElements(files, path))
          for (const element of elements) {
            const row = "value" in element && isRow(element.value) ? element.value : {};
            const [id, name] = [textOf(row["id"]) ?? textOf(row["name"]), textOf(row["name"]) ?? textOf(row["id"])];
            if (id === null || name === null) workspace.notes.push(`A row of ${path} has neither id nor name.`);
            else if (!seen.has(id)) {
              seen.add(id);
              const members = Array.isArray(row["members"]) && kind === "dm" ? row["members"] : [];
              rows.push({ root, kind, id, name, members: members.filter((one) => typeof one === "string") });
            }
          }
      } catch (error) {
        if (!(error instanceof BadFile)) throw error;
        workspace.trouble.unreadable.set(path, error.message);
      }
    }
  // By id first: a name may be two channels', an id is one's.
  const channels = rows.map(({ root, kind, id, name, members }) => {
    const channel: Channel = { id, name, kind, members, files: [] };
    for (const at of new Set([root, ""])) channel.files.push(...folders.claim(within(at, id)));
    return { channel, root };
  });
  for (const { channel, root } of channels) {
    const folder = channel.name.normalize("NFC");
    for (const at of new Set([root, ""])) channel.files.push(...folders.claim(within(at, folder)));
    for (const file of new Set([`${channel.id}.json`, `${folder}.json`]))
      if (flat.delete(file) && !userLists.includes(file)) channel.files.push(file);
    channel.files.sort();
    workspace.channels.push(channel);
  }
  for (const folder of folders.unclaimed()) if (!roots.includes(folder.name)) workspace.unlisted.push(folder);
}

/** Reads who and where: people and channels. Messages are read later, a channel at a time. Throws `BadExport`. */
export async function readWorkspace(files: ExportFiles): Promise<Workspace> {
  const folders = new Folders(files);
  const users = rootsOf(files)
    .flatMap((root) => userLists.map((list) => within(root, list)))
    .filter((list) => files.names.includes(list));
  const workspace: Workspace = {
    people: new Map(),
    channels: [],
    unlisted: [],
    isGrid: files.names.includes("org_users.json"),
    notes: [...files.notes],
    trouble: { unreadable: new Map(), damaged: new Map() },
  };
  try {
    workspace.people = await readPeople(files, users);
  } catch (error) {
    throw error instanceof BadFile ? new BadExport(`${error.message}.`) : error;
  }
  await readChannels(files, folders, workspace);
  if (workspace.channels.length === 0)
    throw new BadExport(
      "The export lists no channel: channels.json, groups.json, mpims.json and dms.json are missing or empty.",
    );
  return workspace;
}

/**
 * The workspace that the ids belong to: the one of most people (guests from elsewhere carry their own), or the
 * organisation's on Enterprise Grid. Null where users.json names none.
 */
export function teamOf({ people, isGrid }: Workspace): string | null {
  const counts = new Map<string, number>();
  for (const { team, enterprise } of people.values()) {
    const id = (isGrid ? enterprise : null) ?? team;
    if (id !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  return most?.[0] ?? null;
}
