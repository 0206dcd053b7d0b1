/** One sentence at the edge of the page, read out, gone after five seconds. */
export const toast = $state<{ text: string }>({ text: "" });

let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a sentence for five seconds. */
export function say(text: string): void {
  toast.text = text;
  clearTimeout(timer);
  timer = setTimeout(() => (toast.text = ""), 5000);
}

/** Copies and says so; clipboards may refuse. */
export async function copy(text: string, done: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    say(done);
  } catch {
    say("The browser did not allow copying.");
  }
}
