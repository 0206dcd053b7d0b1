import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { type ZipEntry, zipOf } from "./zip-bytes.ts";

/** Files of an export by their path: bytes and text as they are, anything else as JSON. */
export type Files = Record<string, unknown>;

const bytesOf = (content: unknown): Buffer =>
  Buffer.isBuffer(content) ? content : Buffer.from(typeof content === "string" ? content : JSON.stringify(content));

/** A place for exports that is gone after the tests of a file. */
export function useExports() {
  const folder = mkdtempSync(join(tmpdir(), "exports-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let made = 0;
  const place = (name: string) => {
    const own = join(folder, String(++made));
    mkdirSync(own);
    return join(own, name);
  };
  const save = (name: string, bytes: Buffer | string): string => {
    const path = place(name);
    writeFileSync(path, bytes);
    return path;
  };
  return {
    save,
    zip: (files: Files, how: Partial<ZipEntry> = {}): string =>
      save(
        "export.zip",
        zipOf(Object.entries(files).map(([name, content]) => ({ name, content: bytesOf(content), ...how }))),
      ),
    directory: (files: Files): string => {
      const root = place("export");
      for (const [name, content] of Object.entries(files)) {
        mkdirSync(dirname(join(root, name)), { recursive: true });
        writeFileSync(join(root, name), bytesOf(content));
      }
      return root;
    },
  };
}

export type Said = Record<string, unknown> & { ts: string };

/** A row of users.json. */
export const person = (id: string, name: string, more: object = {}) => ({
  id,
  team_id: "T1",
  name: name.toLowerCase().split(" ")[0],
  deleted: false,
  real_name: name,
  tz: "Europe/Berlin",
  updated: 1_700_000_000,
  is_bot: false,
  profile: { real_name: name, display_name: "", email: `${id.toLowerCase()}@x.example` },
  ...more,
});

export const ann = person("U1", "Ann Alt", { is_owner: true, is_primary_owner: true });
export const ben = person("U2", "Ben Bach");
export const cem = person("U3", "Cem Can");
export const bot = (id: string, name: string, botId: string) =>
  person(id, name, { is_bot: true, profile: { real_name: name, bot_id: botId } });
export const askGpt = bot("UB", "AskGPT", "B1");
export const users = [ann, ben, cem, askGpt];

const tsOf = (seconds: number) => `${seconds}.000100`;

/** A person's message. */
export const says = (user: string, seconds: number, text: string, more: object = {}): Said => ({
  type: "message",
  ts: tsOf(seconds),
  user,
  text,
  ...more,
});
/** A bot's message, as apps post it. */
export const answers = (seconds: number, text: string, more: object = {}): Said => ({
  type: "message",
  subtype: "bot_message",
  ts: tsOf(seconds),
  bot_id: "B1",
  text,
  ...more,
});
export const inThread = (seconds: number) => ({ thread_ts: tsOf(seconds) });

export const noon = 1_760_000_000;
/** A question of Ben's and the bot's answer, in a thread. */
export const conversation = (at = noon, question = "hi"): Said[] => [
  says("U2", at, question, inThread(at)),
  answers(at + 5, "answer", inThread(at)),
];
export const day = "general/2025-10-09.json";
/** An export of one conversation. */
export const plainExport: Files = {
  "users.json": users,
  "channels.json": [{ id: "C1", name: "general" }],
  [day]: conversation(),
};
