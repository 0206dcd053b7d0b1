import type { IngestAnswer, Rejection, Warning } from "@twin/contracts/ingest";
import type { RejectCode } from "@twin/contracts/vocabulary";

/** A record that can't be stored, and why; it never keeps the others out. */
export class Rejected extends Error {
  readonly code: RejectCode;
  readonly path: string | undefined;
  constructor(code: RejectCode, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

type Stored = "accepted" | "updated" | "duplicate";

/** What became of each record of a batch. */
export class Outcomes {
  readonly #stored = new Map<number, Stored>();
  readonly #rejected: Rejection[] = [];
  readonly #warnings: Warning[] = [];

  /** The same notes, to go on from: a transaction that is run again starts from what parsing alone had found. */
  copy(): Outcomes {
    const copy = new Outcomes();
    copy.#rejected.push(...this.#rejected);
    copy.#warnings.push(...this.#warnings);
    return copy;
  }

  /** Notes how record `index` was stored; of several parts of one record the strongest word counts. */
  store(index: number, how: Stored): void {
    const before = this.#stored.get(index);
    if (before === undefined || before === "duplicate") this.#stored.set(index, how);
  }

  /** Notes that a part of record `index` was new or changed: a duplicate becomes an update. */
  touch(index: number): void {
    if (this.#stored.get(index) === "duplicate") this.#stored.set(index, "updated");
  }

  /** Notes a refusal of record `index`, or of the part of it that `path` names. */
  reject(
    index: number,
    { code, message, path }: { code: RejectCode; message: string; path?: string | undefined },
  ): void {
    this.#rejected.push({ index, code, message, ...(path === undefined ? {} : { path }) });
  }

  /** Notes a field of record `index` of which nothing is stored. */
  warn(index: number, { path, message }: Omit<Warning, "index">): void {
    this.#warnings.push({ index, path, message });
  }

  /** Runs `work`; a Rejected that it throws becomes record `index`'s refusal, and null the result. */
  attempt<T>(index: number, work: () => T, path?: string): T | null {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof Rejected)) throw error;
      this.reject(index, { code: error.code, message: error.message, path: path ?? error.path });
      return null;
    }
  }

  answer(): IngestAnswer {
    const count = (how: Stored) => [...this.#stored.values()].filter((one) => one === how).length;
    const order = (a: Rejection, b: Rejection) =>
      a.index - b.index || (a.path ?? "").localeCompare(b.path ?? "", "en", { numeric: true });
    return {
      accepted: count("accepted"),
      updated: count("updated"),
      duplicates: count("duplicate"),
      rejected: this.#rejected.sort(order),
      warnings: firstOf(this.#warnings),
    };
  }
}

const mostWarnings = 1_000;

/** As many as an answer holds; the last says how many it doesn't. */
function firstOf(warnings: readonly Warning[]): Warning[] {
  const left = warnings.length - mostWarnings;
  if (left <= 0) return [...warnings];
  const last = warnings[mostWarnings - 1]!;
  return [...warnings.slice(0, mostWarnings - 1), { ...last, message: `${last.message}; and ${left} more like this` }];
}
