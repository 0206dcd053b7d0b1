/** A piece of work this long lets others go on before it does; several at once still leave a server that answers. */
const turnMs = 10;

/**
 * Long work in turns: `if (turns.isOver()) await turns.next()` between its steps keeps one caller's megabytes from
 * holding everyone else's requests.
 */
export class Turns {
  #began = performance.now();

  isOver(): boolean {
    return performance.now() - this.#began > turnMs;
  }

  /** Lets whatever waits in this process go first. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      setImmediate(() => {
        this.#began = performance.now();
        resolve();
      });
    });
  }
}

/** `list.map` in turns, for what is dear by itself. */
export async function mapInTurns<T, R>(list: readonly T[], work: (one: T, index: number) => R): Promise<R[]> {
  const turns = new Turns();
  const results: R[] = [];
  for (const [index, one] of list.entries()) {
    if (turns.isOver()) await turns.next();
    results.push(work(one, index));
  }
  return results;
}
