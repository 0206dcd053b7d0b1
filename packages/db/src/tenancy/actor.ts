import type { Permission, Role } from "@twin/contracts/vocabulary";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import pg from "pg";
import type { Database } from "../postgres/connect.ts";
import { isRetryable, OutOfTime } from "./errors.ts";
import type { Holder } from "../postgres/fair-queue.ts";
import type { Statement } from "../postgres/statement.ts";

/** A request of somebody else's has so long; jobs and operators have no limit. */
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
  | { kind: "system"; org_id: number; job: string; request_id: string };

/** When (by `performance.now()`) the request of this actor may begin no further statement; absent for streams. */
type Until = number;

/** One transaction of one organisation. */
export type Tx = {
  /** 0 in `inAuth`, where no organisation is known yet. */
  org_id: number;
  query<R>(statement: Statement<R>): Promise<R[]>;
  orm: NodePgDatabase;
};

const ATTEMPTS = 4;

/**
 * Runs `run` in a transaction that sees and writes the actor's organisation only.
 * A transaction that lost against another one (deadlock, serialization failure) is rolled back and run again, three
 * times at most: `run` must not change anything outside of it.
 */
export function inTenant<T>(db: Database, actor: Actor, run: (tx: Tx) => Promise<T>): Promise<T> {
  const { org_id } = actor;
  return transaction(db, beginAs(actor), { org_id, holder: org_id, guest: guestOf(actor) }, run);
}

/** Who asks over HTTP: their statements have a limit of time, and they leave connections to others. */
const guestOf = (actor: Actor): Guest | null => (actor.kind === "system" ? null : { until: actor.until });

/**
 * Runs `run` in a transaction that sees the schema `auth` only: sign-in, keys, organisations by name.
 * @param holder the session or key that asks who it is; many requests of one then keep no other from being recognised
 */
export function inAuth<T>(db: Database, run: (tx: Tx) => Promise<T>, holder: Holder = 0): Promise<T> {
  return transaction(db, "begin; set local role twin_auth", { org_id: 0, holder, guest: null }, run);
}

/**
 * A part of an `inAuth` transaction that is done in an organisation, as `actor`: with the rest of it, or not at all. What
 * fails in it fails the whole.
 */
export async function asActor<T>(tx: Tx, actor: Actor, run: (tx: Tx) => Promise<T>): Promise<T> {
  await tx.query({ text: becoming(actor) });
  const result = await run({ ...tx, org_id: actor.org_id });
  await tx.query({ text: "set local role twin_auth; set local app.org_id = ''; set local app.actor = ''" });
  return result;
}

/** What begins a tenant's transaction. */
function beginAs(actor: Actor): string {
  // Compiled plans don't pay here: over many partitions the compiling took most of a statement's time.
  const begin = `begin; ${becoming(actor)}; set local jit = off`;
  // Said here, not when connecting: a pooler refuses that as a start-up option, and would hand it on to somebody else.
  return guestOf(actor) ? `${begin}; set local statement_timeout = ${requestMs}` : begin;
}

/** SET takes no parameters, so the organisation is proven to be an integer, and who acts goes as a literal. */
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

/** What rows of the audit log say of an actor: their columns' defaults read it, and no role can write them. */
function auditedAs(actor: Actor): Record<string, string | undefined> {
  const { kind, request_id } = actor;
  if (actor.kind === "system") return { kind, id: actor.job, name: actor.job, request_id };
  const { name, ip } = actor;
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
      await client.query(begin);
      const result = await run(openTx(client, db.prepare, org_id, inTime));
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

/** SQLSTATE of a statement that was stopped, as by its limit of time. */
const isCancelled = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === "57014";

function openTx(client: pg.PoolClient, prepare: boolean, org_id: number, inTime: () => void): Tx {
  let orm: NodePgDatabase | undefined;
  return {
    org_id,
    async query<R>(statement: Statement<R>): Promise<R[]> {
      inTime();
      const { name, text, values } = statement;
      const result = await client.query({ text, ...(values && { values }), ...(prepare && name && { name }) });
      return result.rows as R[];
    },
    get orm() {
      return (orm ??= drizzle({ client }));
    },
  };
}
