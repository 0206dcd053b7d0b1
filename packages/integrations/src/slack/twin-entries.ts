import { readFile } from "node:fs/promises";
import { BadFile, type ExportFiles } from "./files.ts";
import { isRow, textOf } from "./people.ts";

/** What somebody said of a bot: that it is a twin, and perhaps whose. */
export interface TwinEntry {
  /** Where it was said, for whoever has to mend it. */
  where: string;
  /** Its name, or its ids. */
  bots: string[];
  owner: string | null;
  name: string | null;
}

/** What was said of twins makes no sense; the message says which entry and what to do. */
export class BadTwins extends Error {}

/** `NAME|ID[=OWNER]` as typed. @throws BadTwins */
export function readBotFlag(typed: string): TwinEntry {
  const at = typed.lastIndexOf("=");
  const [bot, owner] = at === -1 ? [typed, null] : [typed.slice(0, at), typed.slice(at + 1).trim()];
  const where = `--bot ${typed}`;
  if (bot.trim() === "") throw new BadTwins(`${where} names no bot: write --bot NAME=OWNER.`);
  if (owner === "") throw new BadTwins(`${where} names no owner behind the "=": an e-mail address or a Slack id.`);
  return { where, bots: [bot.trim()], owner, name: null };
}

function entryOf(row: unknown, where: string): TwinEntry {
  const fields = isRow(row) ? row : {};
  const bots = [fields["bot"], fields["botUserId"], fields["botId"]].flatMap((id) => textOf(id) ?? []);
  if (bots.length === 0) throw new BadTwins(`${where} names no bot: it needs "bot", its name or id.`);
  const said = `${where} (${bots.join(", ")})`;
  return {
    where: said,
    bots,
    owner: textOf(fields["owner"]) ?? textOf(fields["ownerUserId"]),
    name: textOf(fields["name"]),
  };
}

/** The cells of a line of CSV. */
function cellsOf(line: string): string[] {
  const cells = line.match(/("(?:[^"]|"")*"|[^,;]*)(?:[,;]|$)/g) ?? [];
  if (!/[,;]$/.test(line)) cells.pop();
  return cells.map((cell) => {
    const text = cell.replace(/[,;]$/, "").trim();
    return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
  });
}

function readCsv(text: string, file: string): TwinEntry[] {
  const [head = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  const columns = cellsOf(head);
  if (!columns.some((column) => ["bot", "botUserId", "botId"].includes(column)))
    throw new BadTwins(`${file} needs a first line that names its columns: bot,owner,name.`);
  return lines.flatMap((line, at) => {
    if (line.trim() === "") return [];
    const cells = cellsOf(line);
    return entryOf(Object.fromEntries(columns.map((column, i) => [column, cells[i]])), `${file} line ${at + 2}`);
  });
}

function readList(value: unknown, file: string): TwinEntry[] {
  if (!Array.isArray(value))
    throw new BadTwins(`${file} must be a list: [{"bot": "NAME", "owner": "ann@company.com"}].`);
  return value.map((row, at) => entryOf(row, `${file} entry ${at + 1}`));
}

function readText(text: string, file: string): TwinEntry[] {
  if (/\.csv$/i.test(file)) return readCsv(text, file);
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new BadTwins(`${file} is not JSON: ${(error as Error).message}.`);
  }
  return readList(value, file);
}

/** The entries of a file of twins, JSON or CSV. @throws BadTwins */
export async function readTwinsFile(path: string): Promise<TwinEntry[]> {
  const text = await readFile(path, "utf8").catch((error: Error) => {
    throw new BadTwins(`${path} cannot be read: ${error.message}.`);
  });
  return readText(text, path);
}

/** The entries of `twins.json` or `twins.csv` in the export; null where it has none. @throws BadTwins */
export async function readTwinsInside(files: ExportFiles): Promise<TwinEntry[] | null> {
  const [name] = files.names.filter((one) => /^twins\.(?:json|csv)$/i.test(one));
  if (name === undefined) return null;
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of await files.open(name)) chunks.push(chunk as Buffer);
    return readText(Buffer.concat(chunks).toString("utf8"), name);
  } catch (error) {
    throw error instanceof BadFile ? new BadTwins(`${error.message}.`) : error;
  }
}
