import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type Database } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { ready, run as startApi, type Run } from "../test/running.ts";
import { makeWorld } from "./callers.ts";
import { isSlow, judge, tracesOf, type Violation } from "./judge.ts";
import { type Request, Requests } from "./requests.ts";
import { type Answer, Sender } from "./send.ts";
import { digestOf } from "./stored.ts";
import { findTargets, webHandler } from "./targets.ts";

export type Options = {
  /** A migrated database of its own, as its superuser. */
  url: string;
  requests: number;
  seed: string;
  /** Send these alone: from this one on, up to before that one. */
  part?: { from: number; to: number };
  /** Ask for the dashboard's pages, too, where it is built. */
  pages?: boolean;
  say?: (line: string) => void;
};

export type Found = Violation & { request: Request; answer: Answer; log: string };
export type Summary = {
  requests: number;
  byStatus: Record<string, number>;
  found: Found[];
  slowest: { ms: number; target: string; index: number };
  /** Answers that took longer than they may; found are those that did so again, asked alone. */
  late: number;
  /** The most memory that the api ever held; null where the system doesn't tell. */
  peakBytes: number | null;
  perSecond: number;
};

const atOnce = 8;
const mostBytes = 500_000_000;
/** Enough to see what is wrong. */
const mostFound = 200;

/** Asks an api process of its own so many things that nobody should ask, and judges each answer. */
export async function fuzz(options: Options): Promise<Summary> {
  const say = options.say ?? (() => {});
  const folder = await mkdtemp(join(tmpdir(), "ai-twin-fuzz-"));
  const db = connect(options.url, { max: 4, applicationName: "twin fuzz" });
  const key = Buffer.alloc(32, 7).toString("base64");
  let api: Run | undefined;
  let release = () => {};
  try {
    await unlockKeys(db, { key });
    const world = await makeWorld(db);
    release = await beWorker(db);
    const targets = findTargets(options.pages ?? false);
    const nothing = join(folder, "nothing.mjs");
    const answer = `response.writeHead(404, { "content-type": "text/plain" }).end()`;
    await writeFile(nothing, `export const handler = (_, response) => ${answer};\n`);
    api = await startApi({ database: options }, folder, {
      WEB_HANDLER: targets.dashboard ? webHandler : nothing,
      LOG_LEVEL: "error",
      NODE_ENV: "production",
      // As npm start has it: compiling anew takes memory that is never given back.
      ...(process.env["NODE_COMPILE_CACHE"] && { NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] }),
    });
    const state = await ready(api);
    if (state !== "ready") throw new Error(`the api didn't start: it ${state}`);
    const before = await digestOf(db, world.a.org_id);
    const requests = new Requests(options.seed, targets, world);
    const summary = await sendAll(api, requests, tracesOf(world.a), options, say);
    const changed = changedIn(before, await digestOf(db, world.a.org_id));
    if (changed.length > 0) throw new Error(`rows of another organisation were changed: ${changed.join(", ")}`);
    return summary;
  } finally {
    release();
    api?.child.kill("SIGTERM");
    await api?.ended;
    await db.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function sendAll(
  api: Run,
  requests: Requests,
  foreign: readonly string[],
  { requests: count, part = { from: 0, to: count }, seed }: Options,
  say: (line: string) => void,
): Promise<Summary> {
  const sender = new Sender(api.url);
  const byStatus: Record<string, number> = {};
  const found: Found[] = [];
  const late: Request[] = [];
  let slowest = { ms: 0, target: "", index: 0 };
  let next = part.from;
  let isOver = false;
  void api.ended.then(() => (isOver = true));
  const began = performance.now();
  const note = (one: Found) => {
    found.push(one);
    say(described(one, seed));
  };
  const one = async (): Promise<void> => {
    while (next < part.to && !isOver && found.length < mostFound) {
      const index = next++;
      const request = requests.make(index);
      const answer = await sender.send(request);
      byStatus[answer.status] = (byStatus[answer.status] ?? 0) + 1;
      if (answer.ms > slowest.ms && !/signIn/i.test(request.path))
        slowest = { ms: answer.ms, target: request.target, index };
      const log = answer.status >= 500 ? logOf(api, answer) : "";
      for (const violation of judge(request, answer, foreign)) note({ ...violation, request, answer, log });
      if (isSlow(request, answer)) late.push(request);
      if (part.to - part.from === 1)
        say(`${answer.status} ${JSON.stringify(answer.headers)}\n${answer.text.slice(0, 4_000)}`);
      // They ended their own session or key by what they asked: the next one needs another.
      if (answer.status === 401 && !("cookie" in request.headers) && !("authorization" in request.headers))
        await request.asker.renew?.();
      if ((index + 1) % 10_000 === 0) {
        const held = Math.round(((await peakOf(api)) ?? 0) / 1e6);
        say(`${index + 1} requests, ${Math.round((performance.now() - began) / 1000)} s, at most ${held} MB`);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one)).finally(() => (isOver = true));
  const seconds = (performance.now() - began) / 1000;
  // Among seven others, on a machine that others use, too, an answer may be late for no fault of its own.
  for (const request of late) {
    const answer = await sender.send(request);
    const why = `took ${Math.round(answer.ms)} ms alone, too`;
    if (isSlow(request, answer)) note({ fault: "slow", why, request, answer, log: "" });
  }
  sender.close();
  if (api.child.exitCode !== null) throw new Error(`the api ended by itself: ${api.output().slice(-2_000)}`);
  const sent = Object.values(byStatus).reduce((sum, each) => sum + each, 0);
  const perSecond = Math.round(sent / seconds);
  return { requests: sent, byStatus, found, slowest, late: late.length, peakBytes: await peakOf(api), perSecond };
}

/** Why a run fails: nothing where all is well. */
export const failuresOf = ({ found, peakBytes }: Summary): string[] => [
  ...new Set(found.map(({ fault, why, request }) => `${fault}: ${request.target}: ${why}`)),
  ...(peakBytes !== null && peakBytes > mostBytes ? [`the api held ${Math.round(peakBytes / 1e6)} MB`] : []),
];

/** A violation, with what is needed to have it again. */
function described({ fault, why, request, answer, log }: Found, seed: string): string {
  const { index, asker, method, path, headers, said, raw } = request;
  return [
    `${fault}: ${why}`,
    `  again: npm run fuzz -- --seed ${seed} --only ${index} (or with all before it: --requests ${index + 1})`,
    `  ${asker.name}: ${raw ? JSON.stringify(said.slice(0, 600)) : `${method} ${path.slice(0, 1_200)}`}`,
    `  ${JSON.stringify(headers).slice(0, 600)}`,
    `  ${JSON.stringify(said).slice(0, 1_200)}`,
    `  -> ${answer.status} in ${Math.round(answer.ms)} ms: ${answer.text.slice(0, 600)}`,
    ...(log ? [`  log: ${log.slice(0, 1_500)}`] : []),
  ].join("\n");
}

/** What the api logged of an answer's failure; of a page, whose failure has no id, what it logged last. */
function logOf(api: Run, { headers }: Answer): string {
  const id = headers["x-request-id"];
  const output = api.output();
  return typeof id === "string" ? (output.split("\n").find((line) => line.includes(id)) ?? "") : output.slice(-1_500);
}

const changedIn = (before: Record<string, string>, after: Record<string, string>): string[] =>
  Object.keys(before).filter((table) => before[table] !== after[table]);

async function peakOf({ child }: Run): Promise<number | null> {
  const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
  const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(status) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}

/** Holds what a worker holds while it lives, so that the api finds itself ready. */
async function beWorker(db: Database): Promise<() => void> {
  const client = await db.pool.connect();
  await client.query("select pg_advisory_lock(hashtext('twin: worker'), 1)");
  return () => client.release(true);
}
