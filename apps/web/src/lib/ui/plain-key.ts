/** The key alone, where it isn't typed into something, no dialog or menu is open, and nobody has taken it. */
export function plainKey(event: KeyboardEvent): string | null {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return null;
  return document.querySelector("dialog[open], details.menu[open]") ? null : event.key;
}

/** Whether what has the focus takes text. */
export const isTyping = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
