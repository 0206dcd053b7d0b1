import type { IngestRecord, RecordOf } from "@twin/contracts/ingest";
import { botName, Speakers } from "./speakers.ts";
import { takeCensus, type Census } from "./census.ts";
import { type Chosen, chooseTwins, type NamedTwin } from "./choose-twins.ts";
import { tellChannel, type Telling, type Told } from "./conversations.ts";
import { BadExport, type ExportFiles } from "./files.ts";
import { LeftOut } from "./left-out.ts";
import { readTs } from "./message.ts";
import { byAddress, type Person } from "./people.ts";
import { clamp, iso, storable } from "./record-text.ts";
import { nothingStored, type Stored } from "./stored.ts";
import type { Names } from "./text.ts";
import type { TwinEntry } from "./twin-entries.ts";
import { readWorkspace, teamOf, type Workspace } from "./workspace.ts";

/** An export whose speakers are known. */
export interface ReadExport {
  files: ExportFiles;
  workspace: Workspace;
  speakers: Speakers;
  census: Census;
  team: string;
  /** `slack:<team>`: the world that its ids belong to. */
  source: string;
  /** The time that it is read at, milliseconds: nothing lies ahead of it. */
  now: number;
}

/** Reads who took part. `team` says which workspace this is where the export doesn't. Throws `BadExport`. */
export async function readExport(files: ExportFiles, team: string | undefined, now: number): Promise<ReadExport> {
  const workspace = await readWorkspace(files);
  const speakers = new Speakers(workspace.people);
  const census = await takeCensus(files, workspace, speakers, now);
  const found = team ?? teamOf(workspace) ?? census.team;
  if (found === null)
    throw new BadExport(
      "users.json names no team_id, so the workspace is unknown: say which it is with --team ID (T…).",
    );
  return { files, workspace, speakers, census, team: found, source: `slack:${found}`, now };
}

/** An export that is ready to be told as ingest records. */
export interface SlackExport {
  read: ReadExport;
  twins: readonly NamedTwin[];
  notes: string[];
  leftOut: LeftOut;
  told: Told;
  /** How much has been told, 0…1. */
  progress(): number;
  /** People, twins and installations: to be stored before the conversations are looked up. */
  people(): Generator<IngestRecord>;
  conversations(): AsyncGenerator<IngestRecord>;
}

function userRecord(id: string, { speakers, team }: ReadExport, addresses: Map<string, Person>): RecordOf<"user"> {
  const own = speakers.people.get(id);
  const person = (own?.email && addresses.get(own.email.toLowerCase())) || own;
  const stranger = person ? undefined : speakers.strangers.get(id);
  const seen = readTs(stranger?.ts, Infinity);
  const updated = person ? person.updated && iso(person.updated * 1_000_000) : iso(seen ?? 0);
  return {
    type: "user",
    external_id: id,
    email: person?.email ?? `${id}@${team}.slack.invalid`,
    full_name: clamp(person?.name || stranger?.name || id) || id,
    ...(person?.zone && { timezone: storable(person.zone).slice(0, 50) }),
    ...(person && { is_active: !person.isDeleted }),
    ...(updated && { updated_at: updated }),
  };
}

function* twinRecords(
  { key, owner, name, bot, stored, tally, isNameGiven }: NamedTwin,
  team: string,
): Generator<IngestRecord> {
  yield {
    type: "twin",
    external_id: key,
    // Whose a stored twin is follows apart, as a correction by whoever runs the import.
    ...(stored === null && { user: owner! }),
    name: clamp(name) || key,
    ...(tally !== null && { created_at: iso(tally.since) }),
    ...(bot.updated !== null && !isNameGiven && { updated_at: iso(bot.updated * 1_000_000) }),
  };
  yield { type: "installation", twin: key, platform: "slack", workspace_id: team };
}

/** Whether there is something of a twin in an export: it speaks, or people write to it directly. */
const isThere = ({ tally, bot }: NamedTwin, { workspace, census, speakers }: ReadExport): boolean =>
  tally !== null ||
  workspace.channels.some(
    (channel) => census.channels.get(channel)!.messages > 0 && channel.members.some((id) => speakers.bot(id) === bot),
  );

/** Whoever wrote, owns a twin or began a conversation. */
function peopleOf({ census, speakers }: ReadExport, twins: readonly NamedTwin[]): string[] {
  const ids = new Set(census.people);
  for (const { owner, tally } of twins) {
    if (owner !== null && speakers.people.has(owner)) ids.add(owner);
    for (const id of tally?.parents ?? []) if (speakers.isPerson(id)) ids.add(id);
  }
  return [...ids].toSorted();
}

function namesIn({ speakers, workspace }: ReadExport): Names {
  const channels = new Map(workspace.channels.map(({ id, name }) => [id, name]));
  return {
    person: (id) => {
      const bot = speakers.bot(id);
      return bot ? botName(bot) : speakers.people.get(id)?.name || (speakers.strangers.get(id)?.name ?? null);
    },
    channel: (id) => channels.get(id) ?? null,
  };
}

/**
 * Gives an export as ingest records, in an order that depends on nothing but its content and what is stored. `entries`
 * say which bots are twins. Throws `BadTwins`, before there is a first record.
 */
export async function tellExport(
  read: ReadExport,
  entries: readonly TwinEntry[],
  stored: Stored = nothingStored,
): Promise<SlackExport> {
  const { files, workspace, speakers, census } = read;
  const { twins, notes }: Chosen = await chooseTwins(entries, speakers, census, stored);
  const leftOut = new LeftOut();
  Object.assign(leftOut.folders, census.unlisted.folders);
  const told: Told = { conversations: 0, messages: 0, bytes: 0, begunByOthers: 0, gone: 0 };
  const byBot = new Map(twins.map((twin) => [twin.bot, twin]));
  const telling: Telling = {
    files,
    workspace,
    speakers,
    names: namesIn(read),
    now: read.now,
    twins: byBot,
    stored,
    leftOut,
    told,
  };
  const total = workspace.channels.reduce(
    (sum, one) => sum + one.files.reduce((all, name) => all + files.size(name), 0),
    0,
  );
  return {
    read,
    twins,
    notes: [...workspace.notes, ...notes],
    leftOut,
    told,
    progress: () => (total > 0 ? told.bytes / total : 1),
    *people() {
      const addresses = byAddress(speakers.people.values());
      const there = twins.filter((twin) => isThere(twin, read));
      const owned = twins.filter((twin) => there.includes(twin) || twin.isCorrected);
      for (const id of peopleOf(read, owned)) yield userRecord(id, read, addresses);
      for (const twin of there) yield* twinRecords(twin, read.team);
    },
    async *conversations() {
      for (const channel of workspace.channels) {
        const tally = census.channels.get(channel)!;
        const isOurs =
          tally.bots.some((bot) => byBot.has(bot)) ||
          channel.members.some((id) => byBot.has(speakers.bot(id)!)) ||
          stored.beganIn(0, Infinity);
        if (isOurs) {
          yield* tellChannel(channel, telling);
          continue;
        }
        // No named bot speaks here: nothing of it is read a second time.
        for (const [reason, count] of tally.leftOut) leftOut.leave(reason, count);
        leftOut.leaveThreads("without_named_bot", tally.threads, tally.messages);
        told.bytes += channel.files.reduce((sum, name) => sum + files.size(name), 0);
      }
    },
  };
}
