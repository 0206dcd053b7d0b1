import type { IngestRecord, RecordOf } from "@twin/contracts/ingest";
import { Cast, displayName } from "./cast.ts";
import { type Census, channelTwin, takeCensus, type TwinToBe } from "./census.ts";
import type { ExportFiles } from "./files.ts";
import type { Reason, Spoken } from "./message.ts";
import { readThreads, type Thread } from "./threads.ts";
import { type Channel, readWorkspace, type Workspace } from "./workspace.ts";

/** What stays outside, and why; filled while the records are read. */
export interface LeftOut {
  messages: Partial<Record<Reason, number>>;
  threads_without_twin: number;
  messages_without_twin: number;
  threads_without_person: number;
  messages_without_person: number;
}

/** An export that is ready to be told as ingest records. */
export interface SlackExport {
  /** `slack:<team>`: the world that its ids belong to. */
  source: string;
  team: string;
  notes: string[];
  leftOut: LeftOut;
  /** How much has been told, 0…1. */
  progress(): number;
  records(): AsyncGenerator<IngestRecord>;
}

/** Messages told inside their activity; further ones follow as records of their own, so that a record stays small. */
const nestedAtMost = 500;
const nestedBytes = 1_000_000;

const iso = (micros: number) => new Date(Math.floor(micros / 1000)).toISOString();
const storable = (text: string) => text.replaceAll("\u0000", "").toWellFormed();
const clamp = (name: string) => storable(name).trim().slice(0, 255).toWellFormed();

function userRecord(id: string, since: number, { team, people }: Workspace, census: Census): RecordOf<"user"> {
  const person = people.get(id);
  const email = person?.profile?.email?.trim() ?? "";
  return {
    type: "user",
    external_id: id,
    email: /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 255 ? email : `${id}@${team}.slack.invalid`,
    full_name: clamp(displayName(person) || census.strangers.get(id) || id) || id,
    ...(person?.tz && { timezone: person.tz.slice(0, 50) }),
    ...(person && { is_active: !person.deleted }),
    created_at: iso(since),
    ...(person?.updated && { updated_at: iso(person.updated * 1_000_000) }),
  };
}

function twinRecords({ id, owner, name, since }: TwinToBe, workspace: Workspace): IngestRecord[] {
  const updated = workspace.people.get(id)?.updated;
  const start = iso(since);
  const updated_at = updated ? iso(updated * 1_000_000) : start;
  return [
    { type: "twin", external_id: id, user: owner, name: clamp(name) || id, created_at: start, updated_at },
    {
      type: "installation",
      twin: id,
      platform: "slack",
      workspace_id: workspace.team,
      installed_at: start,
      updated_at: start,
    },
  ];
}

/** A message as the contract wants it; ties of a millisecond are told apart by the microseconds that are left. */
function messageFields(channel: Channel, { ts, at, speaker, text, editedAt }: Spoken) {
  return {
    external_id: `${channel.id}:${ts}`,
    ...(speaker.kind === "person"
      ? { sender_type: "user" as const, user: speaker.id }
      : { sender_type: "twin" as const }),
    content: storable(text),
    seq: at % 1000,
    created_at: iso(at),
    ...(editedAt !== null && { edited_at: iso(editedAt) }),
    updated_at: iso(editedAt ?? at),
  };
}

const titles = { channel: "Thread in #", group: "Thread in ", mpim: "Group message ", dm: "Direct message " };

/** One thread: its activity with the first messages, then the rest of them. */
function* threadRecords(
  thread: Thread & { person: string },
  twin: TwinToBe,
  channel: Channel,
): Generator<IngestRecord> {
  const { key, messages, person } = thread;
  const conversation = `${channel.id}:${key}`;
  const last = iso(messages.at(-1)!.at);
  const nested: unknown[] = [];
  let bytes = 0;
  for (const message of messages) {
    bytes += message.text.length;
    if (nested.length >= nestedAtMost || (bytes > nestedBytes && nested.length > 0)) break;
    nested.push(messageFields(channel, message));
  }
  yield {
    type: "activity",
    external_id: conversation,
    user: person,
    twin: twin.id,
    activity_type: "conversation",
    started_at: iso(messages[0]!.at),
    ended_at: last,
    platform: "slack",
    conversation: { title: clamp(titles[channel.kind] + channel.name), topic: clamp(channel.name), messages: nested },
    ...(twin.owner !== person && { shared: {} }),
    updated_at: last,
  };
  for (const message of messages.slice(nested.length))
    yield { type: "message", conversation, ...messageFields(channel, message) };
}

async function* tell(
  files: ExportFiles,
  workspace: Workspace,
  cast: Cast,
  census: Census,
  allThreads: boolean,
  leftOut: LeftOut,
  told: { threads: number },
): AsyncGenerator<IngestRecord> {
  for (const [id, since] of [...census.people].toSorted((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1)))
    yield userRecord(id, since, workspace, census);
  for (const twin of census.twins) yield* twinRecords(twin, workspace);
  const twins = new Map(census.twins.map((twin) => [twin.id, twin]));
  for (const channel of workspace.channels) {
    const read = await readThreads(files, channel, cast);
    for (const [reason, count] of read.leftOut) leftOut.messages[reason] = (leftOut.messages[reason] ?? 0) + count;
    for (const thread of read.threads) {
      const { person, messages } = thread;
      told.threads++;
      const twin = twins.get(thread.twin ?? (allThreads ? channelTwin(channel) : ""));
      if (person === null) {
        leftOut.threads_without_person++;
        leftOut.messages_without_person += messages.length;
      } else if (!twin) {
        leftOut.threads_without_twin++;
        leftOut.messages_without_twin += messages.length;
      } else yield* threadRecords({ ...thread, person }, twin, channel);
    }
  }
}

/**
 * Reads who took part, and gives the export as ingest records in an order that depends on nothing but its content.
 * `allThreads` gives the threads in which no twin speaks to a twin named after the channel. Throws `BadExport`.
 */
export async function readSlackExport(files: ExportFiles, allThreads: boolean): Promise<SlackExport> {
  const workspace = await readWorkspace(files);
  const cast = new Cast(workspace);
  const census = await takeCensus(files, workspace, cast, allThreads);
  const leftOut: LeftOut = {
    messages: {},
    threads_without_twin: 0,
    messages_without_twin: 0,
    threads_without_person: 0,
    messages_without_person: 0,
  };
  const told = { threads: 0 };
  return {
    source: `slack:${workspace.team}`,
    team: workspace.team,
    notes: workspace.notes,
    leftOut,
    progress: () => (census.threads > 0 ? told.threads / census.threads : 1),
    records: () => tell(files, workspace, cast, census, allThreads, leftOut, told),
  };
}
