import type { Permission, Role } from "@twin/contracts/vocabulary";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Database } from "../postgres/connect.ts";
import { isRetryable, OutOfTime } from "./errors.ts";
import type { Holder } from "../postgres/fair-queue.ts";
import type { Statement } from "../postgres/statement.ts";

/** Milliseconds that a request over HTTP may take; jobs and operators have no limit. */
export const requestMs = 10_000;

/** Who acts, for which organisation, with which permissions. There is no other way to a tenant's rows. */
export type Actor =
  | {
      kind: "member";
      org_id: number;
      account_id: string;
      name: string;
      role: Role;
      permissions: readonly Permission[];
      request_id: string;
      ip?: string;
      until?: Until;
    }
  | {
      kind: "service";
      org_id: number;
      key_id: string;
      name: string;
      source: string;
      permissions: readonly Permission[];
      request_id: string;
      ip?: string;
      until?: Until;
    }
  /** A job; `org_id` 0 is the system's own. */
  | { kind: "system"; org_id: number; job: string; request_id: string; ip?: string };

/** Up to when (by `performance.now()`) the request of this actor may begin statements; absent for streams. */
type Until = number;

/** One transaction of one organisation. */
export type Tx = {
  /** 0 in `inAuth`, where no organisation is known yet. */
  org_id: number;
  /** Statements that don't wait for each other's answers may be sent together (`Promise.all`): they run in this order. */
  query<R>(statement: Statement<R>): Promise<R[]>;
  orm: NodePgDatabase;
};

const ATTEMPTS = 4;

/**
 * Runs `run` in a transaction that sees and writes the actor's organisation only.
 * A transaction that lost against another one (deadlock, serialization failure) is rolled back and run again, three
 * times at most: `run` must not change anything outside of it.
 */
export function inTenant<T>(
  db: Database,
  actor: Actor,
  run: (tx: Tx) => Promise<T>,
  { plan = "as needed" }: { plan?: Planning } = {},
): Promise<T> {
  const { org_id } = actor;
  const begin = plan === "once" ? `${beginAs(actor)}; set local plan_cache_mode = force_generic_plan` : beginAs(actor);
  return transaction(db, begin, { org_id, holder: org_id, guest: guestOf(actor) }, run);
}

/**
 * `once`: statements with a name are planned once a connection, for any organisation and any values. For work on named
 * people and things, where planning over all months takes longer than the work, and where a plan for one organisation
 * trusts statistics that may not know it yet.
 */
type Planning = "once" | "as needed";

/** Callers over HTTP: their statements have a time limit, and they leave connections to others. */
const guestOf = (actor: Actor): Guest | null => (actor.kind === "system" ? null : { until: actor.until });

/**
 * Runs `run` in a transaction that sees the schema `auth` only: sign-in, keys, organisations by name.
 * @param holder the session or key whose actor is looked up; many requests of one don't delay the others
 */
export function inAuth<T>(db: Database, run: (tx: Tx) => Promise<T>, holder: Holder = 0): Promise<T> {
  return transaction(db, "begin; set local role twin_auth", { org_id: 0, holder, guest: null }, run);
}

/**
 * A part of an `inAuth` transaction that acts in an organisation, as `actor`. An error in it rolls back the whole
 * transaction.
 */
export async function asActor<T>(tx: Tx, actor: Actor, run: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.query({ text: becoming(actor) });
  const result = await run({ ...tx, org_id: actor.org_id });
  await tx.query({ text: "set local role twin_auth; set local app.org_id = ''; set local app.actor = ''" });
  return result;
}

/** The statements that begin a tenant's transaction. */
function beginAs(actor: Actor): string {
  // Compiled plans cost more than they save: over many partitions, compiling took most of a statement's time.
  const begin = `begin; ${becoming(actor)}; set local jit = off`;
  // Set here and not when connecting: a pooler refuses it as a start-up option, and would pass it on to other clients.
  return guestOf(actor) ? `${begin}; set local statement_timeout = ${requestMs}` : begin;
}

/** SET takes no parameters, so the organisation is checked to be an integer, and the actor is sent as a literal. */
function becoming(actor: Actor): string {
  const { org_id } = actor;
  const least = actor.kind === "system" ? 0 : 1;
  if (!Number.isInteger(org_id) || org_id < least || org_id > 2_147_483_647) {
    throw new TypeError(`not an organisation: ${String(org_id)}`);
  }
  const role = actor.kind === "system" ? "twin_worker" : "twin_app";
  const who = pg.escapeLiteral(JSON.stringify(auditedAs(actor)));
  return `set local role ${role}; set local app.org_id = '${org_id}'; set local app.actor = ${who}`;
}

/** What an audit row says of its actor: defaults of its columns read it, and no role can write those columns. */
function auditedAs(actor: Actor): Record<string, string | undefined> {
  const { kind, request_id } = actor;
  const { ip } = actor;
  if (actor.kind === "system") return { kind, id: actor.job, name: actor.job, request_id, ip };
  const { name } = actor;
  return { kind, id: actor.kind === "member" ? actor.account_id : actor.key_id, name, request_id, ip };
}

type Guest = { until: Until | undefined };
type Whose = { org_id: number; holder: Holder; guest: Guest | null };

async function transaction<T>(
  db: Database,
  begin: string,
  { org_id, holder, guest }: Whose,
  run: (tx: Tx) => Promise<T>,
): Promise<T> {
  const inTime = () => {
    if (guest?.until !== undefined && performance.now() > guest.until) throw new OutOfTime();
  };
  for (let attempt = 1; ; attempt++) {
    const leave = await db.places.enter(holder, guest ? Math.floor(db.places.size / 5) : 0);
    const client = await db.pool.connect().catch((error: unknown) => {
      leave();
      throw error;
    });
    let broken: Error | undefined;
    const note = (error: Error) => {
      broken = error;
    };
    client.on("error", note);
    try {
      inTime();
      // Not awaited: what comes first is sent with it, and fails where it does.
      const begun = client.query(begin);
      begun.catch(() => {});
      const result = await run(openTx(client, db.prepare, org_id, inTime, begun));
      await begun;
      const end = await client.query("commit");
      // A transaction that failed inside of a caught error answers COMMIT with ROLLBACK: nothing of it is stored.
      if (end.command !== "COMMIT") throw new Error("the transaction had failed and was rolled back");
      return result;
    } catch (error) {
      await client.query("rollback").catch(note);
      if (guest && isCancelled(error)) throw new OutOfTime({ cause: error });
      if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
    } finally {
      client.off("error", note);
      client.release(broken);
      leave();
    }
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
  }
}

/** SQLSTATE of a cancelled statement, as by its time limit. */
const isCancelled = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "57014";

function openTx(
  client: pg.PoolClient,
  prepare: boolean,
  org_id: number,
  inTime: () => void,
  begun: Promise<unknown>,
): Tx {
  let orm: NodePgDatabase | undefined;
  // Where statements can't travel together each waits for the one before.
  let before = begun;
  const inTurn = (send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> => {
    const sent = before.then(send);
    before = sent.catch(() => {});
    return sent;
  };
  const together = async (send: () => Promise<pg.QueryResult>): Promise<pg.QueryResult> =>
    (await Promise.all([begun, send()]))[1];
  return {
    org_id,
    async query<R>({ name, text, values }: Statement<R>): Promise<R[]> {
      inTime();
      const send = () => client.query({ text, ...(values && { values }), ...(prepare && name && { name }) });
      const result = await (prepare ? together(send) : inTurn(send));
      return result.rows as R[];
    },
    get orm() {
      return (orm ??= drizzle({ client }));
    },
  };
}
