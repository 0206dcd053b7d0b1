import { exit } from "./command.ts";

/**
 * The first SIGINT or SIGTERM aborts the signal, so that work ends at its next safe place; a later one ends the process at
 * once. The caller must close it.
 * @param onFirst called before the signal is aborted
 */
export function hearSignals(onFirst?: () => void): { signal: AbortSignal; close(): void } {
  const stop = new AbortController();
  let first = 0;
  // A launcher passes on a signal that the terminal has sent to every process: the same one comes twice.
  const hear = () => {
    if (first === 0) {
      first = performance.now();
      onFirst?.();
      stop.abort();
    } else if (performance.now() - first > 1_000) process.exit(exit.failed);
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, hear);
  return {
    signal: stop.signal,
    close: () => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, hear);
    },
  };
}
