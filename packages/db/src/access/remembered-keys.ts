import type { Notices } from "../postgres/notices.ts";

/** How long a key is remembered: a change that no notice told of counts after this time. */
const rememberedMs = 5_000;
/** More keys than are used at one time; beyond it all are forgotten. */
const mostKeys = 10_000;

/**
 * Valid keys, so that not every request asks the database: for 5 s, until a notice tells that the key has changed, and only
 * while notices arrive.
 */
export class RememberedKeys<Row> {
  readonly #notices: Notices;
  /** By the id of a key: the hash of the whole key, what the database knows of it, and when that was read. */
  readonly #keys = new Map<string, { hash: string; row: Row; at: number }>();
  #changes = 0;
  #follows = false;

  constructor(notices: Notices) {
    this.#notices = notices;
  }

  /**
   * What is known of a key.
   * @param read looks it up; it throws where the key isn't valid, and nothing is remembered
   */
  async find(id: string, hash: string, now: Date, read: () => Promise<Row>): Promise<Row> {
    const known = this.#keys.get(id);
    const age = known ? now.getTime() - known.at : Number.NaN;
    if (known?.hash === hash && age >= 0 && age < rememberedMs && this.#notices.isOpen) return known.row;
    if (!this.#follows && this.#notices.arrive) {
      this.#follows = true;
      this.#notices.follow("api_keys", (changed) => this.forget(changed));
    }
    const changes = this.#changes;
    const row = await read();
    // It may have been read before a change of which a notice came meanwhile.
    if (changes === this.#changes && this.#notices.isOpen) {
      if (this.#keys.size >= mostKeys) this.#keys.clear();
      this.#keys.set(id, { hash, row, at: now.getTime() });
    }
    return row;
  }

  /** Forgets a key; null: all. */
  forget(id: string | null): void {
    this.#changes++;
    if (id === null) this.#keys.clear();
    else this.#keys.delete(id);
  }
}
