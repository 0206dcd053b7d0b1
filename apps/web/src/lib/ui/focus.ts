import type { enhance } from "$app/forms";

type SubmitFunction = NonNullable<Parameters<typeof enhance>[1]>;

/** Puts the focus on an element, or, where it is gone, on the page's content; a focus that is somewhere stays there. */
export function giveBack(element: Element | null): void {
  // What had it may be on its way out, and a dialog that is still open lets no one else have it.
  setTimeout(() => {
    if (document.activeElement && document.activeElement !== document.body) return;
    const to = element?.isConnected ? element : document.getElementById("main");
    if (to instanceof HTMLElement) to.focus({ preventScroll: true });
  });
}

/** Where the page shows a link to the one that one came from. */
export const linkTo = (from: URL | undefined): Element | null =>
  [...document.querySelectorAll<HTMLAnchorElement>("main a[href]")].find(
    ({ pathname }) => pathname === from?.pathname && pathname !== location.pathname,
  ) ?? null;

/** For `use:enhance` of a form that its answer takes away: the focus stays where the form was. */
export const keepingFocus: SubmitFunction = ({ formElement }) => {
  const around = formElement.closest("[data-focus]");
  return async ({ update }) => {
    await update();
    giveBack(around);
  };
};
