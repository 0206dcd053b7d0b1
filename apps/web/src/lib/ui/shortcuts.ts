import { isTyping } from "./plain-key.ts";
import { stepRow } from "./table-rows.ts";

/** What a key may do on a page; the page decides whether it can. */
export type Actions = {
  palette(): void;
  sheet(): void;
  range(key: string): boolean;
  step(direction: -1 | 1): void;
  compare(): void;
  go(key: string): boolean;
  /** Whether the page goes from row to row by itself. */
  hasRows(): boolean;
};

/**
 * The key handler of the shell. Every modifier is left alone, so Alt+← stays the browser's. Chords (`g a`) wait a second
 * for their second key.
 */
export function shortcuts(actions: Actions, singleKeys: () => boolean): (event: KeyboardEvent) => void {
  let chordUntil = 0;
  return (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if ((event.metaKey || event.ctrlKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return actions.palette();
    }
    if (!singleKeys() || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") || document.querySelector("details.menu[open]")) return;
    const act = (action: () => void) => {
      event.preventDefault();
      action();
    };
    if (event.key === "?") return act(actions.sheet);
    if (event.shiftKey) return;
    const key = event.key.toLowerCase();
    if (Date.now() < chordUntil) {
      chordUntil = 0;
      if (actions.go(key)) event.preventDefault();
      return;
    }
    if (key === "g") chordUntil = Date.now() + 1000;
    else if (key === "arrowleft" || key === "arrowright") act(() => actions.step(key === "arrowleft" ? -1 : 1));
    else if (key === "x") act(actions.compare);
    else if (key === "j" || key === "k") {
      if (!actions.hasRows()) stepRow(key === "j" ? 1 : -1);
    } else if (actions.range(key)) event.preventDefault();
  };
}
