import pg from "pg";
import { FairQueue } from "./fair-queue.ts";
import { Notices } from "./notices.ts";

/** A pool of connections. Tenants' rows are reached through `inTenant` only, which sets the organisation. */
export type Database = {
  pool: pg.Pool;
  /**
   * False behind a pooler that can't keep prepared statements: names of statements are then left out, and each is sent after
   * the answer to the one before.
   */
  prepare: boolean;
  /** What other processes tell through the database. */
  notices: Notices;
  /** Who gets the next connection: every transaction waits here first. */
  places: FairQueue;
  close(): Promise<void>;
};

/** How long a request waits for a connection. */
const waitMs = 5_000;

/**
 * Opens a pool. Connections are made when needed and dropped when broken, so a server that was unreachable is used again
 * without a restart; a request that can't get one within 5 s fails as unavailable. Values come as they go on the wire:
 * instants as ISO 8601 in UTC with milliseconds, days as `YYYY-MM-DD`, int8 and numeric as numbers, bytea as Buffer.
 */
export function connect(
  url: string,
  options: { max?: number; applicationName?: string; prepare?: boolean; listenAt?: string | undefined } = {},
): Database {
  const max = options.max ?? 10;
  const prepare = options.prepare ?? true;
  const pool = new pg.Pool({
    connectionString: url,
    max,
    application_name: options.applicationName ?? "twin",
    connectionTimeoutMillis: waitMs,
    idleTimeoutMillis: 30_000,
    types: { getTypeParser },
    // Statements that are sent together travel together; the driver's types don't know of it yet.
    pipeline: prepare,
  } as pg.PoolConfig);
  // Without a listener a connection that breaks while idle would end the process.
  pool.on("error", () => {});
  let closed: Promise<void> | undefined;
  const notices = new Notices(options.listenAt ?? url, options.listenAt !== undefined || prepare);
  return {
    pool,
    prepare,
    notices,
    places: new FairQueue(max, waitMs),
    close: () => (closed ??= Promise.all([notices.close(), pool.end()]).then(() => {})),
  };
}

const toInstant = pg.types.getTypeParser(pg.types.builtins.TIMESTAMPTZ) as (text: string) => Date | number;

/** PostgreSQL's text of a timestamptz as ISO 8601 in UTC, with milliseconds. */
export function isoOf(text: string): string {
  // The text of a server in UTC needs only other punctuation; anything else goes through a Date.
  const utc = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  if (utc) return `${utc[1]}T${utc[2]}.${(utc[3] ?? "").slice(0, 3).padEnd(3, "0")}Z`;
  const instant = toInstant(text);
  return instant instanceof Date ? instant.toISOString() : text;
}

const same = (text: string) => text;
const textArray = 1009 as never; // the types know no arrays
const toTexts = pg.types.getTypeParser(textArray) as (text: string) => (string | null)[];
const arrayOf = (parse: (text: string) => unknown) => (text: string) =>
  toTexts(text).map((entry) => (entry === null ? null : parse(entry)));

const parsers = new Map<number, (text: string) => unknown>([
  [20, Number], // int8
  [1700, Number], // numeric
  [1082, same], // date
  [1184, isoOf], // timestamptz
  [1016, arrayOf(Number)],
  [1231, arrayOf(Number)],
  [1182, arrayOf(same)],
  [1185, arrayOf(isoOf)],
]);

function getTypeParser(oid: number, format?: "text" | "binary") {
  const ours = format === "binary" ? undefined : parsers.get(oid);
  return ours ?? pg.types.getTypeParser(oid, format as "text");
}
