import type { KnownTwin } from "@twin/db/records/ingest/known";
import { type Bot, botName, type Speakers } from "./speakers.ts";
import type { BotTally, Census } from "./census.ts";
import { byAddress, type Person } from "./people.ts";
import type { Stored } from "./stored.ts";
import { BadTwins, type TwinEntry } from "./twin-entries.ts";

/** A bot that is a twin because somebody said so. */
export interface NamedTwin {
  bot: Bot;
  /** The id that its records carry. */
  key: string;
  name: string;
  /** Whether the name was given, not found. */
  isNameGiven: boolean;
  /** Whose it is; null where nobody was named and it is stored already. */
  owner: string | null;
  /** Whether that puts right whose it is stored as. */
  isCorrected: boolean;
  stored: KnownTwin | null;
  tally: BotTally | null;
}

/** Which bots are whose twins. */
export interface Chosen {
  twins: NamedTwin[];
  notes: string[];
}

const fold = (name: string) => name.trim().toLowerCase();
const isCalled = (bot: Bot, name: string) => [...bot.names].some((one) => fold(one) === fold(name));

/** Joins the ids of bots, and of people whom users.json lacks, with the twins that are stored under them. */
async function adoptStored(speakers: Speakers, census: Census, stored: Stored): Promise<Map<Bot, KnownTwin>> {
  const strangers = [...census.people].filter((id) => !speakers.people.has(id));
  const keys = [...[...speakers.all()].flatMap((bot) => [...bot.keys]), ...strangers];
  const ids = stored.twins.length === 0 ? new Map<string, string>() : await stored.twinIds(keys);
  const found = new Map<Bot, KnownTwin>();
  for (const twin of stored.twins) {
    const own = keys.filter((key) => ids.get(key) === twin.id);
    if (own.length > 0) found.set(speakers.adopt(own, twin.name), twin);
  }
  return found;
}

/** The primary owner of a workspace, else the first owner; null if users.json names none. */
export function workspaceOwner(people: Iterable<Person>): Person | null {
  const owners = [...people].filter((person) => !person.isBot && (person.isPrimaryOwner || person.isOwner));
  return owners.find((person) => person.isPrimaryOwner) ?? owners[0] ?? null;
}

class Chooser {
  private readonly speakers: Speakers;
  private readonly census: Census;
  private readonly stored: Stored;
  private readonly known: Map<Bot, KnownTwin>;
  private readonly addresses: Map<string, Person>;

  constructor(speakers: Speakers, census: Census, stored: Stored, known: Map<Bot, KnownTwin>) {
    this.speakers = speakers;
    this.census = census;
    this.stored = stored;
    this.known = known;
    this.addresses = byAddress(speakers.people.values());
  }

  /** The bot that an entry means. @throws BadTwins where there is none, or more than one */
  async bot({ where, bots }: TwinEntry): Promise<Bot> {
    for (const key of bots) {
      const bot = this.speakers.bot(key);
      if (bot) {
        for (const other of bots)
          if (!this.speakers.bot(other) && /^[BUW][A-Z0-9]+$/.test(other)) this.speakers.link(bot, other);
        return bot;
      }
    }
    const called = [...this.speakers.all()].filter((bot) => bots.some((name) => isCalled(bot, name)));
    const speaking = called.filter((bot) => this.census.bots.has(bot));
    const found = speaking.length > 0 ? speaking : called;
    if (found.length > 1)
      throw new BadTwins(
        `${where}: ${found.length} bots are called so (${found.map(({ id }) => id).join(", ")}); name one by its id.`,
      );
    return found[0] ?? (await this.silent(bots)) ?? this.nobody(where);
  }

  /** A twin that is stored, of which this export says nothing. */
  private async silent(bots: readonly string[]): Promise<Bot | null> {
    const ids = await this.stored.twinIds(bots);
    for (const twin of this.stored.twins) {
      const key = bots.find((one) => ids.get(one) === twin.id || fold(one) === fold(twin.name));
      if (key === undefined) continue;
      const bot = this.speakers.adopt([ids.get(key) === twin.id ? key : twin.id], twin.name);
      this.known.set(bot, twin);
      return bot;
    }
    return null;
  }

  private nobody(where: string): never {
    throw new BadTwins(`${where}: no bot of the export, and no twin of this workspace, is called so.`);
  }

  /** How records refer to an owner. @throws BadTwins where it is no person of the export or the organisation */
  async owner(
    { where, owner }: TwinEntry,
    twin: KnownTwin | null,
  ): Promise<{ owner: string | null; guessed: boolean }> {
    if (owner === null) {
      if (twin !== null) return { owner: null, guessed: false };
      const first = workspaceOwner(this.speakers.people.values());
      if (first === null)
        throw new BadTwins(`${where}: users.json names no owner, so say whose twin it is: --bot NAME=OWNER.`);
      return { owner: first.id, guessed: true };
    }
    const person = owner.includes("@") ? this.addresses.get(owner.toLowerCase()) : this.speakers.people.get(owner);
    if (person && !person.isBot) return { owner: person.id, guessed: false };
    if (person || this.speakers.bot(owner))
      throw new BadTwins(`${where}: the owner ${owner} is a bot; an owner is a person.`);
    const isThere = this.census.people.has(owner) || (await this.stored.people([owner])).has(owner);
    if (!isThere)
      throw new BadTwins(
        `${where}: the owner ${owner} is no person of the export or of the organisation (an e-mail address or a Slack id).`,
      );
    return { owner, guessed: false };
  }
}

const isOwner = async (stored: Stored, twin: KnownTwin, owner: string): Promise<boolean> =>
  (await stored.people([owner])).get(owner) === twin.owner_id;

/** Finds out which bots are meant and whose they are. @throws BadTwins before anything is written */
export async function chooseTwins(
  entries: readonly TwinEntry[],
  speakers: Speakers,
  census: Census,
  stored: Stored,
): Promise<Chosen> {
  const known = await adoptStored(speakers, census, stored);
  const chooser = new Chooser(speakers, census, stored, known);
  const chosen = new Map<Bot, { entry: TwinEntry; twin: NamedTwin }>();
  const notes: string[] = [];
  for (const entry of entries) {
    const bot = await chooser.bot(entry);
    const twin = known.get(bot) ?? null;
    const { owner, guessed } = await chooser.owner(entry, twin);
    const before = chosen.get(bot);
    if (before && before.twin.owner !== owner)
      throw new BadTwins(`${entry.where} and ${before.entry.where} name one bot, with different owners.`);
    const isCorrected = twin !== null && owner !== null && !(await isOwner(stored, twin, owner));
    const named: NamedTwin = {
      bot,
      key: bot.id,
      name: entry.name ?? (bot.updated === null ? twin?.name : null) ?? botName(bot),
      isNameGiven: entry.name !== null,
      owner,
      isCorrected,
      stored: twin,
      tally: census.bots.get(bot) ?? null,
    };
    chosen.set(bot, { entry, twin: named });
    if (isCorrected)
      notes.push(
        `${named.name} goes from ${twin.owner_email ?? "nobody"} to ${entry.owner}, who was named as its owner.`,
      );
    if (guessed) {
      const person = speakers.people.get(owner!)!;
      notes.push(`${named.name} is a twin of ${person.name || person.id}, the workspace's owner, as nobody was named.`);
    }
  }
  const twins = [...chosen.values()].map(({ twin }) => twin);
  const keys = await stored.twinIds(twins.flatMap(({ bot }) => [...bot.keys]));
  for (const twin of twins)
    if (twin.stored) twin.key = [...twin.bot.keys].find((key) => keys.get(key) === twin.stored?.id) ?? twin.key;
  return { twins, notes };
}
