import type { Cast } from "./cast.ts";
import { firstOwner } from "./cast.ts";
import type { ExportFiles } from "./files.ts";
import { readThreads } from "./threads.ts";
import type { Channel, Workspace } from "./workspace.ts";

/** A twin to be: whose it is, and when it first spoke (microseconds). */
export interface TwinToBe {
  id: string;
  owner: string;
  name: string;
  since: number;
}

/** What must be known of the whole export before its first conversation is told. */
export interface Census {
  /** First message of each person, microseconds; of an owner who never wrote, their twin's. */
  people: Map<string, number>;
  strangers: Map<string, string>;
  twins: TwinToBe[];
  /** How many threads there are, left out or not. */
  threads: number;
}

/** How the twin of a channel is known, to which `--all-threads` gives the threads in which no twin speaks. */
export const channelTwin = (channel: Channel) => `channel:${channel.id}`;

const earliest = (map: Map<string, number>, id: string, at: number) => {
  if (at < (map.get(id) ?? Infinity)) map.set(id, at);
};

/** Goes through the export once and keeps only who spoke first when; memory is one channel's. */
export async function takeCensus(
  files: ExportFiles,
  workspace: Workspace,
  cast: Cast,
  allThreads: boolean,
): Promise<Census> {
  const people = new Map<string, number>();
  const bots = new Map<string, number>();
  const rooms = new Map<Channel, number>();
  const strangers = new Map<string, string>();
  let threads = 0;
  for (const channel of workspace.channels) {
    const read = await readThreads(files, channel, cast);
    threads += read.threads.length;
    for (const [id, name] of read.strangers) if (!workspace.people.has(id)) strangers.set(id, name);
    for (const { messages, person, twin } of read.threads) {
      for (const { speaker, at } of messages) earliest(speaker.kind === "person" ? people : bots, speaker.id, at);
      const start = messages[0]!.at;
      if (allThreads && person !== null && twin === null && start < (rooms.get(channel) ?? Infinity))
        rooms.set(channel, start);
    }
  }
  const byTime = [...people].toSorted((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const owner = firstOwner(workspace) ?? byTime[0]?.[0] ?? null;
  const twins: TwinToBe[] = [];
  let unowned = 0;
  for (const [id, since] of bots) {
    if (!cast.isTwin(id)) continue;
    const whose = cast.ownerOf(id) ?? owner;
    if (cast.ownerOf(id) === null) unowned++;
    if (whose !== null) twins.push({ id, owner: whose, name: cast.twinName(id), since });
  }
  for (const [channel, since] of rooms)
    twins.push({ id: channelTwin(channel), owner: owner!, name: channel.name, since });
  twins.sort((a, b) => a.since - b.since || (a.id < b.id ? -1 : 1));
  for (const twin of twins) if (!people.has(twin.owner)) earliest(people, twin.owner, twin.since);
  if (unowned + rooms.size > 0 && owner !== null) {
    const which =
      firstOwner(workspace) === null
        ? "whoever wrote first, as users.json names no owner"
        : "the workspace's first owner";
    if (unowned > 0) workspace.notes.push(`There is no twins.json: every bot is a twin of ${owner}, ${which}.`);
    if (rooms.size > 0) workspace.notes.push(`Twins named after a channel belong to ${owner}, ${which}.`);
  }
  return { people, strangers, twins, threads };
}
