import { isRow, type Person, type Row, textOf } from "./people.ts";

/** A bot, by all the ids and names that it is known by. */
export interface Bot {
  /** What it goes by: its user id where that is known, else its bot id. */
  id: string;
  keys: Set<string>;
  names: Set<string>;
  /** When Slack last changed its row, seconds since 1970. */
  updated: number | null;
}

/** Who said it. */
export type Speaker = { kind: "person"; id: string } | { kind: "bot"; bot: Bot };

const namesAtMost = 20;

/**
 * Who is who. A bot is one that `users.json` says is one, or that messages name by `bot_id`; which of its ids belong
 * together is learned from its row, and from messages that carry both.
 */
export class Speakers {
  readonly people: ReadonlyMap<string, Person>;
  private readonly bots = new Map<string, Bot>();
  private readonly persons = new Map<string, Speaker>();
  /** Names that people go by whom `users.json` doesn't know, and the `ts` of the last message that gave one. */
  readonly strangers = new Map<string, { name: string; ts: string }>();
  private readonly speakers = new Map<Bot, Speaker>();

  constructor(people: ReadonlyMap<string, Person>) {
    this.people = people;
    for (const person of people.values()) {
      if (!person.isBot) continue;
      const bot = this.botBy(person.id);
      bot.updated = person.updated;
      for (const name of person.names) bot.names.add(name);
      if (person.botId !== null) this.link(bot, person.botId);
    }
  }

  /** Every bot, once. */
  all(): Set<Bot> {
    return new Set(this.bots.values());
  }

  bot(key: string): Bot | undefined {
    return this.bots.get(key);
  }

  isPerson(id: string): boolean {
    return id !== "USLACKBOT" && !this.bots.has(id) && this.people.get(id)?.isBot !== true;
  }

  /** Who speaks in a message; null where it names nobody. What a person posted through an app is theirs. */
  speakerOf(raw: Row): Speaker | null {
    const user = textOf(raw["user"]);
    const profile = isRow(raw["bot_profile"]) ? raw["bot_profile"] : null;
    const botId = textOf(raw["bot_id"]) ?? textOf(profile?.["id"]);
    if (user !== null && this.people.get(user)?.isBot === false) return this.person(user);
    const isGuest = isRow(raw["user_profile"]) && profile === null && raw["subtype"] !== "bot_message";
    const known = user === null ? undefined : this.bots.get(user);
    if (!known && (botId === null || (user !== null && isGuest))) {
      if (user === null) return null;
      this.noteStranger(user, raw);
      return this.person(user);
    }
    const bot = known ?? this.botBy(botId!);
    for (const key of [user, botId]) if (key !== null) this.link(bot, key);
    for (const name of [profile?.["name"], raw["username"]]) {
      const text = textOf(name);
      if (text !== null && bot.names.size < namesAtMost) bot.names.add(text);
    }
    return this.speaker(bot);
  }

  /** Says that an id belongs to a bot, whatever else it was thought to be. */
  link(bot: Bot, key: string): void {
    const other = this.bots.get(key);
    if (other === bot) return;
    for (const one of other ? other.keys : [key]) {
      bot.keys.add(one);
      this.bots.set(one, bot);
    }
    for (const name of other?.names ?? []) bot.names.add(name);
    bot.updated ??= other?.updated ?? null;
    bot.id = [...bot.keys].find((one) => /^[UW]/.test(one)) ?? bot.id;
  }

  /** A bot that is stored under one of these ids. */
  adopt(keys: readonly string[], name: string): Bot {
    const bot = this.bots.get(keys[0]!) ?? this.botBy(keys[0]!);
    for (const key of keys) this.link(bot, key);
    bot.names.add(name);
    return bot;
  }

  private noteStranger(id: string, { user_profile: profile, ts }: Row): void {
    const name = isRow(profile) ? (textOf(profile["real_name"]) ?? textOf(profile["display_name"])) : null;
    if (name === null || typeof ts !== "string") return;
    if (ts > (this.strangers.get(id)?.ts ?? "")) this.strangers.set(id, { name, ts });
  }

  private botBy(key: string): Bot {
    const before = this.bots.get(key);
    if (before) return before;
    const bot: Bot = { id: key, keys: new Set([key]), names: new Set(), updated: null };
    this.bots.set(key, bot);
    return bot;
  }

  private person(id: string): Speaker {
    const before = this.persons.get(id);
    if (before) return before;
    const speaker: Speaker = { kind: "person", id };
    this.persons.set(id, speaker);
    return speaker;
  }

  private speaker(bot: Bot): Speaker {
    const before = this.speakers.get(bot);
    if (before) return before;
    const speaker: Speaker = { kind: "bot", bot };
    this.speakers.set(bot, speaker);
    return speaker;
  }
}

/** The name that a bot goes by in the export; its id where it has none. */
export const botName = (bot: Bot): string => [...bot.names][0] ?? bot.id;
