import { z } from "zod";
import { readJson } from "./export-files.ts";
import { BadExport, type ExportFiles } from "./files.ts";

const Person = z.looseObject({
  id: z.string().min(1),
  team_id: z.string().nullish(),
  name: z.string().nullish(),
  real_name: z.string().nullish(),
  deleted: z.boolean().nullish(),
  tz: z.string().nullish(),
  updated: z.number().nullish(),
  is_bot: z.boolean().nullish(),
  is_owner: z.boolean().nullish(),
  is_primary_owner: z.boolean().nullish(),
  profile: z
    .looseObject({
      email: z.string().nullish(),
      real_name: z.string().nullish(),
      display_name: z.string().nullish(),
      bot_id: z.string().nullish(),
    })
    .nullish(),
});
/** A row of `users.json`: a person or a bot. */
export type Person = z.output<typeof Person>;

const ChannelRow = z.looseObject({
  id: z.string().nullish(),
  name: z.string().nullish(),
  creator: z.string().nullish(),
});

const TwinRow = z
  .looseObject({
    botUserId: z.string().min(1).nullish(),
    botId: z.string().min(1).nullish(),
    ownerUserId: z.string({ error: "must name a user" }).min(1),
    name: z.string().nullish(),
  })
  .refine((row) => row.botUserId ?? row.botId, { error: "needs botUserId or botId" });
/** A row of `twins.json`: whose twin a bot is. */
export type TwinRow = z.output<typeof TwinRow>;

/** A channel, group or direct conversation, with its files in order of days. */
export interface Channel {
  /** Slack's id, which outlives a renaming. */
  id: string;
  name: string;
  kind: "channel" | "group" | "mpim" | "dm";
  creator: string | null;
  files: string[];
}

export interface Workspace {
  team: string;
  people: Map<string, Person>;
  /** Null: the export has no `twins.json`. */
  twins: TwinRow[] | null;
  channels: Channel[];
  /** What the reader of the summary should know. */
  notes: string[];
}

const lists = { "channels.json": "channel", "groups.json": "group", "mpims.json": "mpim", "dms.json": "dm" } as const;

function parse<T>(schema: z.ZodType<T>, name: string, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const at = (issue?.path ?? []).map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  throw new BadExport(`${name} is not as Slack writes it: ${at || "it"} ${issue?.message}.`);
}

/** The team that most people of the export belong to; guests from elsewhere carry their own. */
function teamOf(people: Person[]): string {
  const counts = new Map<string, number>();
  for (const { team_id: team } of people) if (team) counts.set(team, (counts.get(team) ?? 0) + 1);
  const [most] = [...counts].toSorted((a, b) => b[1] - a[1]);
  if (!most) throw new BadExport("users.json names no team_id, so the workspace is unknown.");
  return most[0];
}

async function readChannels(files: ExportFiles, notes: string[]): Promise<Channel[]> {
  const days = new Map<string, string[]>();
  for (const name of files.names) {
    const [, folder, file] = /^([^/]+)\/([^/]+)$/.exec(name) ?? [];
    if (folder && /^\d{4}-\d{2}-\d{2}\.json$/.test(file!)) days.set(folder, [...(days.get(folder) ?? []), name]);
  }
  const channels: Channel[] = [];
  for (const [list, kind] of Object.entries(lists)) {
    if (!files.names.includes(list)) continue;
    for (const row of parse(z.array(ChannelRow), list, await readJson(files, list))) {
      const [id, name] = [row.id ?? row.name, row.name ?? row.id];
      if (!id || !name) throw new BadExport(`${list} is not as Slack writes it: a row has neither id nor name.`);
      const folder = days.has(name) ? name : id;
      channels.push({ id, name, kind, creator: row.creator ?? null, files: (days.get(folder) ?? []).toSorted() });
      days.delete(folder);
    }
  }
  if (channels.length === 0)
    throw new BadExport(
      "The export lists no channel: channels.json, groups.json, mpims.json and dms.json are missing or empty.",
    );
  if (days.size > 0)
    notes.push(`Folders that no list of channels names were not read: ${[...days.keys()].slice(0, 10).join(", ")}.`);
  return channels;
}

/** Reads who and where: people, twins and channels. Messages are read later, a channel at a time. */
export async function readWorkspace(files: ExportFiles): Promise<Workspace> {
  const people = parse(z.array(Person), "users.json", await readJson(files, "users.json"));
  const notes: string[] = [];
  const twins = files.names.includes("twins.json")
    ? parse(z.array(TwinRow), "twins.json", await readJson(files, "twins.json"))
    : null;
  return {
    team: teamOf(people),
    people: new Map(people.map((person) => [person.id, person])),
    twins,
    channels: await readChannels(files, notes),
    notes,
  };
}
