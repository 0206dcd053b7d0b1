/** What may be done about it while it is shown. */
type Act = { label: string; run(): void };

/** One sentence at the edge of the page, read out, gone after five seconds; after ten where something may be done about it. */
export const toast = $state<{ text: string; act: Act | null }>({ text: "", act: null });

let timer: ReturnType<typeof setTimeout> | undefined;

/** Takes the sentence away. */
export function hush(): void {
  toast.text = "";
  toast.act = null;
}

/** Shows a sentence for a moment. */
export function say(text: string, act: Act | null = null): void {
  toast.text = text;
  toast.act = act;
  clearTimeout(timer);
  timer = setTimeout(hush, act ? 10_000 : 5_000);
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
