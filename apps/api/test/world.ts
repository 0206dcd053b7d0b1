import { connect, type Database } from "@twin/db/postgres/connect";
import { unlockKeys } from "@twin/db/tenancy/encryption/key-encryption-key";
import { type TestDatabase, useDatabase } from "@twin/db/test/database";
import { beforeAll } from "vitest";
import { createApp } from "../src/app.ts";
import { createLog } from "../src/log.ts";
import type { Caller } from "./tenants.ts";

export { type Caller, makeTenant, nobody, sessionOf, type Tenant } from "./tenants.ts";

export const origin = "http://127.0.0.1:3000";

/** Parsed JSON of a shape that the test itself is about. */
export type Parsed = ReturnType<typeof JSON.parse>;

export type Answer = { status: number; headers: Headers; text: string; body: Parsed };

export type Api = {
  database: TestDatabase;
  db: Database;
  app: ReturnType<typeof createApp>;
  /** How long guesses were let wait, in ms; the tests don't. */
  waits: number[];
  /** Lines of the log, parsed. */
  lines: Record<string, unknown>[];
  fetch(caller: Caller, path: string, init?: RequestInit): Promise<Answer>;
  /** One tRPC call; `value` is its result, or undefined after an error. */
  call(
    caller: Caller,
    name: string,
    input: unknown,
    type?: string,
  ): Promise<Answer & { value: Parsed; problem: Parsed }>;
};

/** The API over a database of its own, without a server; filled in before the first test. */
export function useApi(options: { demo?: boolean } = {}): Api {
  const database = useDatabase();
  const api = { database, lines: [] as Record<string, unknown>[], waits: [] as number[] } as Api;
  beforeAll(async () => {
    api.db = connect(database.url, { max: 5 });
    await unlockKeys(api.db, { key: Buffer.alloc(32, 7).toString("base64") });
    const log = createLog("info", { write: (line: string) => void api.lines.push(JSON.parse(line)) });
    api.app = createApp({ db: api.db, log, wait: async (ms) => void api.waits.push(ms), ...options });
    return () => api.db.close();
  });
  api.fetch = async (caller, path, init = {}) => {
    const headers = new Headers({ origin, ...caller.headers, ...(init.headers as Record<string, string>) });
    const response = await api.app.request(origin + path, { ...init, headers });
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, headers: response.headers, text, body };
  };
  api.call = async (caller, name, input, type = "query") => {
    const json = JSON.stringify(input ?? {});
    const answer =
      type === "mutation"
        ? await api.fetch(caller, `/trpc/${name}`, {
            method: "POST",
            body: json,
            headers: { "content-type": "application/json" },
          })
        : await api.fetch(caller, `/trpc/${name}?input=${encodeURIComponent(json)}`);
    return { ...answer, value: answer.body?.result?.data, problem: answer.body?.error?.data?.problem };
  };
  return api;
}

/** A stream's first value, or its refusal, which comes as an event. */
export const firstEvent = /"as_of"|"days_done"|serialized-error\ndata: .+\n/;

/** An input as it stands in the address of a query or stream. */
export const queryOf = (input: unknown): string =>
  input === undefined ? "" : `?input=${encodeURIComponent(JSON.stringify(input))}`;

/** Reads a stream until `until` has come. */
export async function readEvents(api: Api, caller: Caller, name: string, until: RegExp, query = ""): Promise<string> {
  const stop = new AbortController();
  const response = await api.app.request(`${origin}/trpc/${name}${query}`, {
    headers: { ...caller.headers, accept: "text/event-stream" },
    signal: stop.signal,
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!until.test(text)) {
    const { value, done } = await reader.read();
    if (done) break;
    text += value;
  }
  stop.abort();
  await reader.cancel().catch(() => {});
  return text;
}
