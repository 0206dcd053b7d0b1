import type { IngestAnswer, Rejection, Warning } from "@twin/contracts/ingest";
import type { UnknownField } from "@twin/contracts/unknown-fields";
import type { RejectCode } from "@twin/contracts/vocabulary";

/** A record that can't be stored, and why; all others are stored. */
export class Rejected extends Error {
  readonly code: RejectCode;
  readonly path: string | undefined;
  constructor(code: RejectCode, message: string, path?: string) {
    super(message);
    this.code = code;
    this.path = path;
  }
}

const mostWarnings = 1_000;
/** `messages[2]` before `messages[10]`; made once, as making one takes longer than comparing. */
const byNumber = new Intl.Collator("en", { numeric: true });

type Stored = "accepted" | "updated" | "duplicate";

/** What became of each record of a batch. */
export class Outcomes {
  readonly #stored = new Map<number, Stored>();
  readonly #rejected: Rejection[] = [];
  readonly #warnings: Warning[] = [];
  #untold = 0;

  /** Notes how record `index` was stored; of several parts of one record the strongest outcome counts. */
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

  /** Notes a field of record `index` of which nothing is stored; beyond what an answer holds they are counted. */
  warn(index: number, { path, tell }: UnknownField): void {
    if (this.#warnings.length < mostWarnings) this.#warnings.push({ index, path, message: tell() });
    else this.#untold++;
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

  /**
   * The answer to one of the batches that were stored together.
   * @param parsing what was found as the batch was parsed, by its own numbers
   * @param from the number that its first record has here
   * @param count its records
   */
  answer(parsing: Outcomes, from: number, count: number): IngestAnswer {
    const counts = { accepted: 0, updated: 0, duplicate: 0 };
    for (let index = from; index < from + count; index++) {
      const how = this.#stored.get(index);
      if (how) counts[how]++;
    }
    const rejected = this.#rejected.flatMap((one) =>
      one.index >= from && one.index < from + count ? [{ ...one, index: one.index - from }] : [],
    );
    const order = (a: Rejection, b: Rejection) => a.index - b.index || byNumber.compare(a.path ?? "", b.path ?? "");
    return {
      accepted: counts.accepted,
      updated: counts.updated,
      duplicates: counts.duplicate,
      rejected: [...parsing.#rejected, ...rejected].sort(order),
      warnings: parsing.#warnings.map((one, at) =>
        parsing.#untold > 0 && at === mostWarnings - 1
          ? { ...one, message: `${one.message}; and ${parsing.#untold} more like this` }
          : one,
      ),
    };
  }
}
