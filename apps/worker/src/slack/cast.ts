import type { RawMessage, Speaker } from "./message.ts";
import type { Person, Workspace } from "./workspace.ts";

/**
 * Who is who in a workspace. Whoever has a `bot_id` or `is_bot` is a bot. `twins.json` says whose twin a bot is; one
 * that it leaves out is no one's. Without that file every bot is a twin of the workspace's first owner.
 */
export class Cast {
  private readonly workspace: Workspace;
  /** Every id that a bot is known by -> the one that it goes by here. */
  private readonly bots = new Map<string, string>();
  private readonly owned = new Map<string, { owner: string; name: string | null }>();
  private readonly signed = new Map<string, string>();

  constructor(workspace: Workspace) {
    this.workspace = workspace;
    for (const person of workspace.people.values()) {
      const botId = person.profile?.bot_id;
      if (!person.is_bot && !botId) continue;
      this.bots.set(person.id, person.id);
      if (botId) this.bots.set(botId, person.id);
    }
    for (const { botUserId, botId, ownerUserId, name } of workspace.twins ?? []) {
      const id = (botUserId ?? botId)!;
      for (const alias of [botUserId, botId]) if (alias) this.bots.set(alias, id);
      this.owned.set(id, { owner: ownerUserId, name: name?.trim() || null });
    }
  }

  /** Who speaks in a message; null where it names nobody. */
  speakerOf(raw: RawMessage): Speaker | null {
    const user = typeof raw.user === "string" && raw.user !== "" ? raw.user : null;
    const bot = typeof raw.bot_id === "string" && raw.bot_id !== "" ? raw.bot_id : null;
    const id =
      (bot === null ? undefined : this.bots.get(bot)) ?? (user === null ? undefined : this.bots.get(user)) ?? bot;
    if (id === null) return user === null ? null : { kind: "person", id: user };
    if (typeof raw.username === "string" && !this.signed.has(id)) this.signed.set(id, raw.username.trim());
    return { kind: "bot", id };
  }

  /** Whether a bot is someone's twin. */
  isTwin(bot: string): boolean {
    return this.workspace.twins === null || this.owned.has(bot);
  }

  /** Whose twin a bot is; null where only the workspace's first owner can be. */
  ownerOf(bot: string): string | null {
    return this.owned.get(bot)?.owner ?? null;
  }

  /** The name that a twin goes by: by `twins.json`, by `users.json`, as it signs, or its id. */
  twinName(bot: string): string {
    return this.owned.get(bot)?.name ?? (displayName(this.workspace.people.get(bot)) || this.signed.get(bot) || bot);
  }
}

/** The name that a row of `users.json` gives; empty if none. */
export function displayName(person: Person | undefined): string {
  const names = [person?.profile?.real_name, person?.real_name, person?.profile?.display_name, person?.name];
  return names.find((name) => name?.trim())?.trim() ?? "";
}

/** The workspace's first owner: its primary one, else the first in `users.json`; null if it names none. */
export function firstOwner({ people }: Workspace): string | null {
  const persons = [...people.values()].filter((person) => !person.is_bot && person.id !== "USLACKBOT");
  const owner = persons.find((person) => person.is_primary_owner) ?? persons.find((person) => person.is_owner);
  return owner?.id ?? null;
}
