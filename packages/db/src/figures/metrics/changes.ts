import pg from "pg";
import { sql } from "drizzle-orm";
import { type Actor, inTenant } from "../../tenancy/actor.ts";
import type { Database } from "../../postgres/connect.ts";
import { statement } from "../../postgres/statement.ts";

type Listener = () => void;
type FiguresChanged = { as_of: string };

/** One listening connection a process and database, for all streams; it ends with the last of them. */
class Figures {
  readonly #url: string;
  readonly #listeners = new Map<number, Set<Listener>>();
  #client: pg.Client | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  follow(org_id: number, listener: Listener): () => void {
    const ofOrg = this.#listeners.get(org_id) ?? new Set();
    this.#listeners.set(org_id, ofOrg.add(listener));
    if (!this.#client && !this.#retry) this.#open();
    return () => {
      ofOrg.delete(listener);
      if (ofOrg.size === 0) this.#listeners.delete(org_id);
      if (this.#listeners.size > 0) return;
      clearTimeout(this.#retry);
      this.#retry = undefined;
      void this.#client?.end().catch(() => {});
      this.#client = undefined;
    };
  }

  #open(): void {
    const client = new pg.Client({ connectionString: this.#url, application_name: "twin figures", keepAlive: true });
    this.#client = client;
    const broken = () => {
      if (this.#client !== client) return;
      this.#client = undefined;
      void client.end().catch(() => {});
      this.#retry = setTimeout(() => {
        this.#retry = undefined;
        this.#open();
      }, 500);
    };
    client.on("error", broken);
    client.on("end", broken);
    client.on("notification", ({ payload }) => this.#tell(this.#listeners.get(Number(payload))));
    client
      .connect()
      .then(() => client.query("listen figures"))
      // Changes may have been missed while nobody listened: every stream looks once.
      .then(() => this.#listeners.forEach((ofOrg) => this.#tell(ofOrg)))
      .catch(broken);
  }

  #tell(listeners: Iterable<Listener> = []): void {
    for (const listener of listeners) listener();
  }
}

const figuresOf = new WeakMap<object, Figures>();

/** Sets the address to listen at, where the database's own one leads through a pooler. Call it before the first stream. */
export function listenDirectly(db: Database, url: string): void {
  figuresOf.set(db.pool, new Figures(url));
}

function figures(db: Database): Figures {
  const known = figuresOf.get(db.pool);
  if (known) return known;
  const made = new Figures(db.pool.options.connectionString!);
  figuresOf.set(db.pool, made);
  return made;
}

/**
 * The time up to which the figures of the actor's organisation are current: now, and after each update, until the signal is
 * aborted. Several updates in quick succession are told as one.
 */
export async function* onFiguresChanged(
  db: Database,
  actor: Actor,
  signal: AbortSignal,
): AsyncGenerator<FiguresChanged> {
  let wake: Listener = () => {};
  let changed = true;
  const unfollow = figures(db).follow(actor.org_id, () => {
    changed = true;
    wake();
  });
  const stop = () => wake();
  signal.addEventListener("abort", stop);
  try {
    let last: string | null = null;
    while (!signal.aborted) {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      if (signal.aborted) return;
      changed = false;
      const as_of = await readFiguresAt(db, actor);
      if (as_of === null || as_of === last) continue;
      last = as_of;
      yield { as_of };
    }
  } finally {
    signal.removeEventListener("abort", stop);
    unfollow();
  }
}

const figuresAt = statement(
  "figures.figures_at",
  { org_id: "int" },
  { figures_at: "timestamptz?" },
  (p) => sql`select figures_at from organizations where id = ${p.org_id}`,
);

function readFiguresAt(db: Database, actor: Actor): Promise<string | null> {
  return inTenant(db, actor, async (tx) => {
    const [row] = await tx.query(figuresAt({ org_id: tx.org_id }));
    return row?.figures_at ?? null;
  });
}
