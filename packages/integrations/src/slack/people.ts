import { type Element, readElements } from "./elements.ts";
import type { ExportFiles } from "./files.ts";

/** A row of `users.json`: a person or a bot. Only what an import needs, as there may be 100,000. */
export interface Person {
  id: string;
  team: string | null;
  enterprise: string | null;
  email: string | null;
  /** The first of its names; empty if it has none. */
  name: string;
  /** All names that a bot may be called by. */
  names: readonly string[];
  zone: string | null;
  /** When Slack last changed the row, seconds since 1970. */
  updated: number | null;
  isDeleted: boolean;
  isBot: boolean;
  botId: string | null;
  isOwner: boolean;
  isPrimaryOwner: boolean;
}

export type Row = Readonly<Record<string, unknown>>;
/** Whether a value of JSON is an object. */
export const isRow = (value: unknown): value is Row =>
  typeof value === "object" && value !== null && !Array.isArray(value);
/** A text that isn't blank, trimmed; else null. */
export const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value.trim() : null;
const isTrue = (value: unknown): boolean => value === true || value === 1 || value === "true";

function secondsOf(value: unknown): number | null {
  const seconds = Number(typeof value === "string" && value.trim() !== "" ? value : (value ?? Number.NaN));
  return typeof value !== "object" && Number.isFinite(seconds) && seconds > 0 && seconds < 1e10
    ? Math.floor(seconds)
    : null;
}

/** A person as Slack and other tools write them; null where the row has no id. */
export function personOf(row: unknown): Person | null {
  if (!isRow(row)) return null;
  const id = textOf(row["id"]);
  if (id === null) return null;
  const profile = isRow(row["profile"]) ? row["profile"] : {};
  const grid = isRow(row["enterprise_user"]) ? row["enterprise_user"] : {};
  const email = textOf(profile["email"]) ?? textOf(row["email"]);
  const names = [profile["real_name"], row["real_name"], profile["display_name"], row["name"]].flatMap(
    (name) => textOf(name) ?? [],
  );
  const botId = textOf(profile["bot_id"]);
  const isBot = isTrue(row["is_bot"]) || botId !== null;
  return {
    id,
    team: textOf(row["team_id"]) ?? textOf(profile["team"]),
    enterprise: textOf(grid["enterprise_id"]),
    email: email !== null && /^[^\s@]+@[^\s@]+$/.test(email) && email.length <= 255 ? email : null,
    name: names[0] ?? "",
    names: isBot ? names : [],
    zone: textOf(row["tz"]),
    updated: secondsOf(row["updated"]),
    isDeleted: isTrue(row["deleted"]),
    isBot,
    botId,
    isOwner: isTrue(row["is_owner"]),
    isPrimaryOwner: isTrue(row["is_primary_owner"]),
  };
}

/** Of two rows that tell of one person, whether the first is to be believed: an active one, then the newer. */
export const isBetter = (one: Person, other: Person): boolean =>
  one.isDeleted === other.isDeleted ? (one.updated ?? 0) > (other.updated ?? 0) : !one.isDeleted;

/** Everybody that lists of users name, by id. @throws BadFile */
export async function readPeople(files: ExportFiles, lists: readonly string[]): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  const add = (element: Element) => {
    const person = "value" in element ? personOf(element.value) : null;
    const before = person && people.get(person.id);
    if (person && (!before || isBetter(person, before))) people.set(person.id, person);
  };
  for (const list of lists) for await (const elements of readElements(files, list)) elements.forEach(add);
  return people;
}

/** For each address the row whose facts count, where several rows of people have it. */
export function byAddress(people: Iterable<Person>): Map<string, Person> {
  const best = new Map<string, Person>();
  for (const person of people) {
    if (person.email === null || person.isBot) continue;
    const key = person.email.toLowerCase();
    const before = best.get(key);
    if (!before || isBetter(person, before)) best.set(key, person);
  }
  return best;
}
