import { readStandings, standingOf } from "@twin/db/access/standing";
import { hashToken } from "@twin/db/access/tokens";
import type { Actor } from "@twin/db/tenancy/actor";
import type { Database } from "@twin/db/postgres/connect";
import { HttpProblem } from "./errors.ts";

/** Streams of one session or key at one time. */
const most = 10;
/** How often listeners' rights are checked: a stream ends within twice this time. */
const lookMs = 2_000;

class StreamsFull extends HttpProblem {
  readonly retry_after_seconds = 15;
  constructor() {
    super("TOO_MANY_REQUESTS", 429, `${most} streams are open already: close one first`);
  }
}

type Stream = { holder: string; kind: "sessions" | "keys"; standing: string; ended: AbortController };

/** The streams of a process. A stream ends when the session, key or role of its listener has changed or ended. */
export class Streams {
  readonly #db: Database;
  readonly #open = new Set<Stream>();
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /**
   * Registers a new stream; `ended` is aborted when its listener has no right to it any more, and `close` is called at its
   * end.
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
      // While the database is unreachable streams say nothing new either; the check is repeated.
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
