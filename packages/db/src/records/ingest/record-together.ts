import type { IngestAnswer, IngestInput } from "@twin/contracts/ingest";
import { limits } from "@twin/contracts/vocabulary";
import type { Database } from "../../postgres/connect.ts";
import type { Actor } from "../../tenancy/actor.ts";
import { isUnavailable } from "../../tenancy/errors.ts";
import { type Received, receive, storeBatches } from "./record-batch.ts";

type Waiting = Received & {
  actor: Actor;
  bytes: number;
  now: Date;
  answer(answer: IngestAnswer): void;
  fail(error: unknown): void;
};

/** Transactions of one sender at one time: while the database works on one, the next is made ready. */
const atOnce = 2;
/** So many records wait for nothing: what a transaction costs beside them is little, and up to four are at work. */
const [large, mostAtOnce] = [250, 4];

/** Batches of one sender that wait for a transaction. */
class Line {
  readonly #db: Database;
  readonly #waiting: Waiting[] = [];
  readonly #onEnd: () => void;
  #atWork = 0;

  constructor(db: Database, onEnd: () => void) {
    this.#db = db;
    this.#onEnd = onEnd;
  }

  add(one: Waiting): void {
    this.#waiting.push(one);
    this.#serve();
  }

  #serve(): void {
    while (this.#waiting.length > 0) {
      const reach = this.#reach();
      const records = this.#waiting.slice(0, reach).reduce((sum, one) => sum + one.records, 0);
      if (this.#atWork >= (records < large ? atOnce : mostAtOnce)) return;
      const group = this.#waiting.splice(0, reach);
      this.#atWork++;
      void storeGroup(this.#db, group).finally(() => {
        this.#atWork--;
        this.#serve();
        if (this.#atWork === 0) this.#onEnd();
      });
    }
  }

  /** How many of those in front make one transaction: as much as one batch may hold. */
  #reach(): number {
    let [records, bytes] = [0, 0];
    const beyond = this.#waiting.findIndex(
      (one) => (records += one.records) > limits.batchRecords || (bytes += one.bytes) > limits.batchBytes,
    );
    return beyond === -1 ? this.#waiting.length : Math.max(1, beyond);
  }
}

/** Stores batches in one transaction, and each by itself where something is wrong with one of them. */
async function storeGroup(db: Database, group: readonly Waiting[]): Promise<void> {
  try {
    const until = Math.max(...group.map(({ actor }) => ("until" in actor && actor.until) || Number.POSITIVE_INFINITY));
    const now = new Date(Math.max(...group.map((one) => one.now.getTime())));
    const answers = await storeBatches(db, { ...group[0]!.actor, until } as Actor, group, { now });
    group.forEach((one, i) => one.answer(answers[i]!));
  } catch (error) {
    // Where the connection was lost, the transaction may be stored or not: nobody is told that it is.
    if (group.length === 1 || isUnavailable(error)) return group.forEach((one) => one.fail(error));
    for (const one of group) await storeGroup(db, [one]);
  }
}

const nameOf = (actor: Actor): string =>
  actor.kind === "service" ? actor.key_id : actor.kind === "member" ? actor.account_id : actor.job;

const lines = new WeakMap<object, Map<string, Line>>();

/**
 * Stores a batch as `recordBatch` does; batches of one key that wait for the database share a transaction, as if they had
 * been sent as one list in the order in which they came. A batch with twins has one of its own, because the audit log tells
 * by which request an owner was corrected.
 * @param options.bytes how long the batch was as it was sent
 */
export async function recordTogether(
  db: Database,
  actor: Actor,
  input: IngestInput,
  { now, bytes }: { now: Date; bytes: number },
): Promise<IngestAnswer> {
  const received = await receive(input);
  if (received.parsed.twins.length > 0) return (await storeBatches(db, actor, [received], { now }))[0]!;
  const ofPool = lines.get(db.pool) ?? new Map<string, Line>();
  lines.set(db.pool, ofPool);
  const sender = `${actor.org_id} ${nameOf(actor)}`;
  const line = ofPool.get(sender) ?? new Line(db, () => ofPool.delete(sender));
  ofPool.set(sender, line);
  return new Promise((answer, fail) => line.add({ ...received, actor, bytes, now, answer, fail }));
}
