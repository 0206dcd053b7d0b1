import type { Attachment } from "svelte/attachments";
import { giveBack } from "./focus.ts";

/**
 * Opens a dialog as a modal one, which keeps the focus; Escape and a click beside it end it, and its opener has the focus
 * again. Without any script a dialog with `open` stands in the page.
 * @param leave what ending it does; it closes, where nothing else is said
 */
export const modal =
  (leave?: () => void): Attachment<HTMLDialogElement> =>
  (dialog) => {
    const opener = document.activeElement;
    const end = leave ?? (() => dialog.close());
    dialog.oncancel = (event) => {
      event.preventDefault();
      end();
    };
    dialog.onclick = (event) => {
      if (event.target === dialog) end();
    };
    dialog.close();
    dialog.showModal();
    return () => giveBack(opener);
  };
