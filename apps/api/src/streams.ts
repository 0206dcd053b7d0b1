import { readStandings, standingOf } from "@twin/db/access/standing";
import { hashToken } from "@twin/db/access/tokens";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { HttpProblem } from "./errors.ts";

/** Streams of one session or key at one time. */
const most = 10;
/** How often it is looked whether those who listen still may: a stream ends within twice as long. */
const lookMs = 2_000;

class StreamsFull extends HttpProblem {
  readonly retry_after_seconds = 15;
  constructor() {
    super("TOO_MANY_REQUESTS", 429, `${most} streams are open already: close one first`);
  }
}

type Stream = { holder: string; kind: "sessions" | "keys"; standing: string; ended: AbortController };

/** The streams of a process. Who listens may do so no longer than their session or key, and their role, are what they were. */
export class Streams {
  readonly #db: Database;
  readonly #open = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Notes a stream that begins; `ended` is aborted when its listener may no longer, and `close` is called at its end.
   * @throws HttpProblem TOO_MANY_REQUESTS
   */
  open(actor: Actor, token: string | undefined): { ended: AbortSignal; close(): void } {
    const ended = new AbortController();
    if (actor.kind === "system") return { ended: ended.signal, close() {} };
    const isKey = actor.kind === "service";
    const holder = isKey ? actor.key_id : hashToken(token ?? "");
    if ([...this.#open].filter((one) => one.holder === holder).length >= most) throw new StreamsFull();
    const stream: Stream = { holder, kind: isKey ? "keys" : "sessions", standing: standingOf(actor), ended };
    this.#open.add(stream);
    this.#watch();
    return {
      ended: ended.signal,
      close: () => {
        this.#open.delete(stream);
        if (this.#open.size > 0) return;
        clearTimeout(this.#timer);
        this.#timer = undefined;
      },
    };
  }

  #watch(): void {
    this.#timer ??= setTimeout(() => {
      // Where the database is away nothing new is told either; it is looked again.
      void this.#look()
        .catch(() => {})
        .finally(() => {
          this.#timer = undefined;
          if (this.#open.size > 0) this.#watch();
        });
    }, lookMs).unref();
  }

  async #look(): Promise<void> {
    const holders = (kind: Stream["kind"]) => [
      ...new Set([...this.#open].filter((one) => one.kind === kind).map(({ holder }) => holder)),
    ];
    const asked = [...this.#open];
    const held = { sessions: holders("sessions"), keys: holders("keys") };
    const current = await readStandings(this.#db, held, new Date());
    for (const { holder, standing, ended } of asked) if (current.get(holder) !== standing) ended.abort();
  }
}
