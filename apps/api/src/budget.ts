import { HttpProblem } from "./errors.ts";

/** The share of the budget that one request holds. */
export type Share = {
  /** Counts bytes before they are kept. @throws HttpProblem UNAVAILABLE where there is no room for them now */
  take(bytes: number): void;
  /** The bytes that it holds. */
  held(): number;
};

/**
 * Bytes of bodies that are held at one time, over all senders. One holder (an organisation, or the address of an unknown
 * caller) gets half of them at most.
 */
export class Budget {
  readonly #total: number;
  readonly #held = new Map<string, number>();
  #sum = 0;

  constructor(total: number) {
    this.#total = total;
  }

  /** Opens a request's share; `end` gives all of it back. */
  open(holder: string): Share & { end(): void } {
    let mine = 0;
    const add = (bytes: number) => {
      mine += bytes;
      this.#sum += bytes;
      const held = (this.#held.get(holder) ?? 0) + bytes;
      if (held > 0) this.#held.set(holder, held);
      else this.#held.delete(holder);
    };
    return {
      take: (bytes) => {
        if (this.#sum + bytes > this.#total || (this.#held.get(holder) ?? 0) + bytes > this.#total / 2)
          throw new HttpProblem(
            "UNAVAILABLE",
            503,
            "too much is being received just now: send it again in a few seconds",
          );
        add(bytes);
      },
      held: () => mine,
      end: () => add(-mine),
    };
  }
}

/** At most so many requests at one time by one name; the next one is refused at once. */
export class Places {
  readonly #most: number;
  readonly #taken = new Map<string, number>();

  constructor(most: number) {
    this.#most = most;
  }

  /** @returns a function that gives the place back, once; null where all are taken */
  take(name: string): (() => void) | null {
    const taken = this.#taken.get(name) ?? 0;
    if (taken >= this.#most) return null;
    this.#taken.set(name, taken + 1);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const others = this.#taken.get(name)! - 1;
      if (others > 0) this.#taken.set(name, others);
      else this.#taken.delete(name);
    };
  }
}
