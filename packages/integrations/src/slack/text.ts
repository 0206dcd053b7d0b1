import { isRow, type Row, textOf } from "./people.ts";

/** What ids in a text mean to whoever reads it. */
export interface Names {
  person(id: string): string | null;
  channel(id: string): string | null;
}

const entities: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const decode = (text: string) => text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => entities[entity]!);

/** What stands in angle brackets, as text. */
function readable(inner: string, names: Names): string {
  const bar = inner.indexOf("|");
  const [target, label] = bar === -1 ? [inner, ""] : [inner.slice(0, bar), inner.slice(bar + 1)];
  if (target.startsWith("@"))
    return `@${names.person(target.slice(1)) ?? (label.replace(/^@/, "") || target.slice(1))}`;
  if (target.startsWith("#")) return `#${label || (names.channel(target.slice(1)) ?? target.slice(1))}`;
  if (target.startsWith("!date^")) return label || target;
  if (target.startsWith("!subteam^")) return label || `@${target.slice("!subteam^".length)}`;
  if (target.startsWith("!")) return label && !label.startsWith("@") ? `@${label}` : label || `@${target.slice(1)}`;
  const address = target.replace(/^(?:mailto|tel):/, "");
  if (label === "" || label === target || label === address) return address;
  return `${label} (${address})`;
}

/** Slack's markup as text: mentions by name, links as text and address, entities decoded. */
export const plain = (text: string, names: Names): string =>
  text
    .split(/(<[^<>\n]+>)/)
    .map((part, at) => (at % 2 === 1 ? decode(readable(part.slice(1, -1), names)) : decode(part)))
    .join("");

const rows = (value: unknown): Row[] => (Array.isArray(value) ? value.filter(isRow) : []);
const joined = (parts: readonly (string | null)[], by: string) => parts.filter((part) => part).join(by);

/** What an element of rich text says, with what lies in it. */
function richText(element: Row, names: Names): string {
  const { type, text, url, user_id: user, channel_id: channel, name, range } = element;
  switch (type) {
    case "text":
      return typeof text === "string" ? text : "";
    case "link":
      return typeof text === "string" && text !== url ? `${text} (${String(url)})` : String(url ?? "");
    case "user":
      return `@${names.person(String(user)) ?? String(user)}`;
    case "channel":
      return `#${names.channel(String(channel)) ?? String(channel)}`;
    case "broadcast":
      return `@${String(range ?? "channel")}`;
    case "usergroup":
      return `@${String(element["usergroup_id"] ?? "")}`;
    case "emoji":
      return `:${String(name)}:`;
    case "date":
      return textOf(element["fallback"]) ?? "";
    default: {
      const isBlock = type === "rich_text" || type === "rich_text_list";
      return rows(element["elements"])
        .map((one) => richText(one, names))
        .join(isBlock ? "\n" : "");
    }
  }
}

/** The text of a text object, or of a text alone. */
function textObject(value: unknown, names: Names): string | null {
  if (typeof value === "string") return plain(value, names);
  if (!isRow(value) || typeof value["text"] !== "string") return null;
  return plain(value["text"], names);
}

function block(one: Row, names: Names): string {
  if (one["type"] === "rich_text") return richText(one, names);
  const inner = rows(one["elements"]).map((element) =>
    textObject(element["text"] ?? (element["type"] === "image" ? element["alt_text"] : null), names),
  );
  const fields = rows(one["fields"]).map((field) => textObject(field, names));
  const own = [one["text"], one["title"], one["alt_text"]].map((value) => textObject(value, names));
  return joined([...new Set(own), ...fields, ...inner], "\n");
}

const blocks = (value: unknown, names: Names): string =>
  joined(
    rows(value).map((one) => block(one, names)),
    "\n",
  );

function attachment(one: Row, names: Names): string {
  const say = (key: string) => textObject(one[key], names);
  const fields = rows(one["fields"]).map((field) =>
    joined([textObject(field["title"], names), textObject(field["value"], names)], ": "),
  );
  const said = joined([say("pretext"), say("title"), say("text"), ...fields, blocks(one["blocks"], names)], "\n");
  return said || (say("fallback") ?? say("title_link") ?? say("image_url") ?? "");
}

const file = (one: Row): string => textOf(one["title"]) ?? textOf(one["name"]) ?? textOf(one["id"]) ?? "";

/** What a message says: its text, else what lies in its blocks, attachments or the names of its files. */
export function sayingOf(raw: Row, names: Names): string {
  const { text } = raw;
  if (typeof text === "string" && text.trim() !== "") return plain(text, names);
  const ways = [
    () => blocks(raw["blocks"], names),
    () =>
      joined(
        rows(raw["attachments"]).map((one) => attachment(one, names)),
        "\n",
      ),
    () => joined([...rows(raw["files"]), ...(isRow(raw["file"]) ? [raw["file"]] : [])].map(file), "\n"),
  ];
  for (const way of ways) {
    const said = way();
    if (said.trim() !== "") return said;
  }
  return typeof text === "string" ? text : "";
}
