import { trpcPath } from "@twin/contracts/wire";

/**
 * Calls `changed` each time the figures of the organisation have changed. Listens only while the page is visible, because
 * a browser has six connections to a host; what came meanwhile is fetched on return.
 */
export function listen(changed: () => void): () => void {
  let source: EventSource | null = null;
  let missed = false;
  let waiting: ReturnType<typeof setTimeout> | undefined;

  // Several changes within a second are one.
  const tell = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      changed();
    }, 700);
  };
  const follow = () => {
    if (document.visibilityState === "hidden") {
      source?.close();
      source = null;
      missed = true;
    } else if (!source) {
      source = new EventSource(`${trpcPath}/live.figures`);
      source.onmessage = tell;
      if (missed) tell();
      missed = false;
    }
  };
  document.addEventListener("visibilitychange", follow);
  follow();
  return () => {
    document.removeEventListener("visibilitychange", follow);
    clearTimeout(waiting);
    source?.close();
  };
}

/** Calls `look` every so many milliseconds while the page is visible, for what no event tells of. */
export function every(milliseconds: number, look: () => void): () => void {
  const timer = setInterval(() => {
    if (document.visibilityState === "visible") look();
  }, milliseconds);
  return () => clearInterval(timer);
}
