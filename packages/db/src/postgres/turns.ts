/** Work of this length lets other work go first; several such callers still leave a server that answers. */
const turnMs = 10;

/**
 * Long work in turns: `if (turns.isOver()) await turns.next()` between its steps, so that one caller's megabytes don't
 * delay everyone else's requests.
 */
export class Turns {
  #began = performance.now();

  isOver(): boolean {
    return performance.now() - this.#began > turnMs;
  }

  /** Lets waiting work of this process go first. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#began = performance.now();
        resolve();
      });
    });
  }
}

/** `list.map` in turns, for work that takes long for each. */
export async function mapInTurns<T, R>(list: readonly T[], work: (one: T, index: number) => R): Promise<R[]> {
  const turns = new Turns();
  const results: R[] = [];
  for (const [index, one] of list.entries()) {
    if (turns.isOver()) await turns.next();
    results.push(work(one, index));
  }
  return results;
}
