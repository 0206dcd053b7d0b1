import pg from "pg";
import { sql } from "drizzle-orm";
import { inTenant } from "../tenancy/actor.ts";
import { connect, type Database } from "../postgres/connect.ts";
import { statement } from "../postgres/statement.ts";

/** The server notices within a second that a worker's process or connection is gone, and rolls its work back. */
const workerOptions = "-c client_connection_check_interval=1000";

/** The connections of a worker's tasks. */
export function connectWorker(url: string, options: { max?: number; prepare?: boolean }): Database {
  const db = connect(withOptions(url, workerOptions), { ...options, applicationName: "twin worker" });
  // Plans live as long as their connection, and planning over all months is the most expensive part of a small rollup.
  db.pool.options.idleTimeoutMillis = 600_000;
  return db;
}

/** The connections of the queue itself, as the role that owns its tables. They must not pass a transaction pooler. */
export function connectQueue(url: string, options: { max?: number }): Database {
  const db = connect(withOptions(url, `${workerOptions} -c role=twin_owner`), {
    ...options,
    applicationName: "twin queue",
  });
  // The queue keeps connections for long. Without a listener, the error of a broken one would end the process.
  db.pool.on("connect", (client) => client.on("error", () => {}));
  return db;
}

function withOptions(url: string, options: string): string {
  const with_ = new URL(url);
  with_.searchParams.set("options", [with_.searchParams.get("options"), options].filter(Boolean).join(" "));
  return with_.href;
}

/** A worker pool's sign of life. */
export type Liveness = { stop(): Promise<void> };

/**
 * Holds the advisory lock that says that this worker pool lives, on a connection of its own, and takes it again
 * whenever that connection breaks.
 * @param onChange called with true when the lock is held, with false when it was lost
 */
export async function holdLiveness(url: string, pool: string, onChange: (alive: boolean) => void): Promise<Liveness> {
  let client: pg.Client | undefined;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;

  const lose = () => {
    client = undefined;
    if (stopped) return;
    onChange(false);
    retry = setTimeout(() => void hold().catch(lose), 250);
  };
  const hold = async () => {
    const next = new pg.Client({
      connectionString: url,
      application_name: "twin worker is alive",
      keepAlive: true,
      connectionTimeoutMillis: 5_000,
    });
    let ended = false;
    const end = () => {
      if (ended) return;
      ended = true;
      if (client === next) lose();
    };
    next.on("error", end);
    next.on("end", end);
    await next.connect();
    await next.query("select pg_advisory_lock(hashtext('twin: worker'), hashtext($1))", [pool]);
    if (ended) throw new Error("the connection broke");
    if (stopped) return next.end();
    client = next;
    onChange(true);
  };
  await hold();
  return {
    async stop() {
      stopped = true;
      clearTimeout(retry);
      await client?.end().catch(() => {});
    },
  };
}

const releaseDead = statement(
  "jobs.release_dead",
  {},
  { pools: "int" },
  () => sql`select release_dead_jobs() as pools`,
);

/** Gives jobs of worker pools without a sign of life back to the queue. @returns how many pools had died */
export function releaseDeadJobs(db: Database): Promise<number> {
  return inTenant(db, { kind: "system", org_id: 0, job: "liveness", request_id: "liveness" }, async (tx) => {
    const [dead] = await tx.query(releaseDead({}));
    return dead!.pools;
  });
}
