import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { ZipFile } from "yazl";

/** How large an export is made. */
export interface Plan {
  /** Bytes of all day files together, unpacked. */
  bytes: number;
  people: number;
  channels: number;
  days: number;
}

const wordBytes = 24;
const first = Date.UTC(2025, 0, 1) / 1000;
const userId = (n: number) => `U${String(n).padStart(9, "0")}`;
const words = "the plan for this quarter is in the wiki and the numbers are with finance until friday ".repeat(40);

/** `users.json` as a large workspace has it: 2.3 kB a person. */
function* users({ people }: Plan): Generator<string> {
  const image = Object.fromEntries(
    [24, 32, 48, 72, 192, 512, 1024].map((size) => [
      `image_${size}`,
      `https://avatars.x.example/${"a".repeat(220)}_${size}.png`,
    ]),
  );
  for (let n = 0; n < people; n++) {
    const isBot = n === 1;
    const real_name = isBot ? "AskGPT" : `Person ${n}`;
    const profile = {
      real_name,
      email: isBot ? undefined : `p${n}@x.example`,
      bot_id: isBot ? "B1" : undefined,
      ...image,
    };
    const row = {
      id: userId(n),
      team_id: "T1",
      real_name,
      is_bot: isBot,
      is_primary_owner: n === 0,
      updated: first,
      profile,
    };
    yield `${n === 0 ? "[" : ","}${JSON.stringify(row)}`;
  }
  yield "]";
}

/** A file of JSON that an import has no use for. */
function* foreign(bytes: number): Generator<string> {
  yield "[0";
  for (let told = 0; told < bytes; told += 10_000) yield `,"${"x".repeat(10_000 - 3)}"`;
  yield "]";
}

/** A day of a channel: people in threads and outside, and in one channel of ten a bot that answers every other thread. */
function dayOf(channel: number, day: number, bytes: number): Buffer {
  const messages: string[] = [];
  let told = 0;
  const say = (message: object) => {
    const text = JSON.stringify(message);
    messages.push(text);
    told += text.length;
  };
  for (let n = 0; told < bytes; n++) {
    const at = first + day * 86_400 + n * 60;
    const ts = `${at}.${String(channel).padStart(6, "0")}`;
    const user = userId(2 + ((channel * 7_919 + day * 104_729 + n * 31) % 5_000));
    const text = words.slice((n * 13) % 900, ((n * 13) % 900) + 100 + ((n * 57) % 500));
    const message = { type: "message", team: "T1", client_msg_id: `${channel}-${day}-${n}`.padEnd(wordBytes, "0") };
    const isThread = n % 3 === 0;
    say({ ...message, user, ts, text, ...(isThread && { thread_ts: ts, reply_count: 2 }) });
    if (!isThread) continue;
    const reply = { ...message, thread_ts: ts, parent_user_id: user };
    say({ ...reply, user: userId(2 + (n % 500)), ts: `${at + 20}.000000`, text });
    if (channel % 10 === 0 && n % 2 === 0)
      say({ ...reply, user: userId(1), bot_id: "B1", ts: `${at + 30}.000000`, text });
  }
  return Buffer.from(`[${messages.join(",")}]`);
}

/** Writes a Slack export as a zip, a day file at a time, so that it may be larger than memory. */
export async function writeExport(path: string, plan: Plan): Promise<void> {
  const zip = new ZipFile();
  const add = (name: string, content: () => Iterable<string | Buffer>) =>
    zip.addReadStreamLazy(name, { compressionLevel: 1 }, (done) =>
      done(null, Readable.from(content(), { objectMode: false })),
    );
  add("users.json", () => users(plan));
  add("integration_logs.json", () => foreign(140_000_000));
  const ids = Array.from({ length: plan.channels }, (_, n) => ({ id: `C${n}`, name: `channel-${n}` }));
  add("channels.json", () => [JSON.stringify(ids)]);
  const dayBytes = plan.bytes / (plan.channels * plan.days);
  for (const [n, { name }] of ids.entries())
    for (let day = 0; day < plan.days; day++) {
      const date = new Date((first + day * 86_400) * 1000).toISOString().slice(0, 10);
      add(`${name}/${date}.json`, () => [dayOf(n, day, dayBytes)]);
    }
  zip.end();
  await pipeline(zip.outputStream as unknown as Readable, createWriteStream(path));
}
