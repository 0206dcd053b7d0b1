type Waiting = { org_id: number; most: number; timer?: NodeJS.Timeout; enter(): void };

/**
 * Gives out the places of a pool, so that no organisation takes them from the others. Who waits is served in turn, but an
 * organisation that holds half of the places waits while another one wants the next.
 */
export class FairQueue {
  readonly size: number;
  readonly #waitMs: number;
  readonly #held = new Map<number, number>();
  readonly #waiting: Waiting[] = [];
  #free: number;

  /** @param waitMs how long somebody waits for a place before they are told that there is none */
  constructor(size: number, waitMs: number) {
    this.size = size;
    this.#free = size;
    this.#waitMs = waitMs;
  }

  /**
   * Waits for a place.
   * @param left how many places this organisation leaves to others, however many are free
   * @returns gives the place back
   * @throws Error where there was none in time
   */
  enter(org_id: number, left = 0): Promise<() => void> {
    const most = Math.max(1, this.size - left);
    const leave = once(() => {
      this.#free++;
      this.#hold(org_id, -1);
      this.#serve();
    });
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        org_id,
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
      const may = this.#waiting.filter(({ org_id, most }) => this.#of(org_id) < most);
      const next = may.find(({ org_id }) => this.#of(org_id) * 2 < this.size) ?? may[0];
      if (!next) return;
      this.#waiting.splice(this.#waiting.indexOf(next), 1);
      this.#free--;
      this.#hold(next.org_id, 1);
      next.enter();
    }
  }

  #of = (org_id: number): number => this.#held.get(org_id) ?? 0;

  #hold(org_id: number, more: number): void {
    const held = this.#of(org_id) + more;
    if (held === 0) this.#held.delete(org_id);
    else this.#held.set(org_id, held);
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
