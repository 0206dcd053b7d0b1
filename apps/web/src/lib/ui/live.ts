import { trpcPath } from "@twin/contracts/wire";
import { untrack } from "svelte";

/**
 * Calls `changed` each time the figures of the organisation have changed since those that the page shows. Listens only while
 * the page is visible, because a browser has six connections to a host; what changed meanwhile is told on return.
 * @param shown of when the page's figures are, read before them; null before there were any
 */
export function listen(shown: () => string | null, changed: () => void): () => void {
  let source: EventSource | null = null;
  // Whoever listens must not begin anew with each answer that it causes.
  let seen = untrack(shown);
  let waiting: ReturnType<typeof setTimeout> | undefined;

  // Several changes within a second are one.
  const tell = ({ lastEventId }: MessageEvent) => {
    seen = lastEventId;
    waiting ??= setTimeout(() => {
      waiting = undefined;
      changed();
    }, 700);
  };
  const follow = () => {
    if (document.visibilityState === "hidden") {
      source?.close();
      source = null;
    } else if (!source) {
      // What the page shows already isn't told again.
      source = new EventSource(
        `${trpcPath}/live.figures${seen === null ? "" : `?${new URLSearchParams({ lastEventId: seen }).toString()}`}`,
      );
      source.onmessage = tell;
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

/** Calls `look` every so many milliseconds while the page is visible and the last look has ended, for what no event tells of. */
export function every(milliseconds: number, look: () => Promise<void>): () => void {
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking || document.visibilityState === "hidden") return;
    isLooking = true;
    void look().finally(() => (isLooking = false));
  }, milliseconds);
  return () => clearInterval(timer);
}
