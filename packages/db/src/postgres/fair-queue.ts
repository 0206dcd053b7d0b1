/** Whose connections are counted together: an organisation's, or those of a session or key before it is known whose it is. */
export type Holder = number | string;

type Waiting = { holder: Holder; most: number; timer?: NodeJS.Timeout; enter(): void };

/**
 * Hands out the places of a pool, so that no holder takes all of them: the next one goes to the holder with the fewest, and
 * in turn among equals.
 */
export class FairQueue {
  readonly size: number;
  readonly #waitMs: number;
  readonly #held = new Map<Holder, number>();
  readonly #waiting: Waiting[] = [];
  #free: number;

  /** @param waitMs how long a holder waits for a place before it is refused */
  constructor(size: number, waitMs: number) {
    this.size = size;
    this.#free = size;
    this.#waitMs = waitMs;
  }

  /**
   * Waits for a place.
   * @param left how many places this holder leaves to others, however many are free
   * @returns a function that gives the place back
   * @throws Error where none became free in time
   */
  enter(holder: Holder, left = 0): Promise<() => void> {
    const most = Math.max(1, this.size - left);
    const leave = once(() => {
      this.#free++;
      this.#hold(holder, -1);
      this.#serve();
    });
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        holder,
        most,
        enter() {
          clearTimeout(waiting.timer);
          resolve(leave);
        },
      };
      this.#waiting.push(waiting);
      this.#serve();
      if (!this.#waiting.includes(waiting)) return;
      waiting.timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(new Error("timeout exceeded when trying to connect: all connections are in use"));
      }, this.#waitMs);
    });
  }

  #serve(): void {
    while (this.#free > 0) {
      let next: Waiting | undefined;
      for (const one of this.#waiting) {
        if (this.#of(one.holder) >= one.most) continue;
        if (!next || this.#of(one.holder) < this.#of(next.holder)) next = one;
      }
      if (!next) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#free--;
      this.#hold(next.holder, 1);
      next.enter();
    }
  }

  #of = (holder: Holder): number => this.#held.get(holder) ?? 0;

  #hold(holder: Holder, more: number): void {
    const held = this.#of(holder) + more;
    if (held === 0) this.#held.delete(holder);
    else this.#held.set(holder, held);
  }
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}
