import { invalidate } from "$app/navigation";
import { say } from "#lib/ui/toast.svelte.ts";
import type { Note } from "./notes.ts";

// Loaded only when somebody writes a note, or takes one away.

/** @throws Error with a sentence */
async function send(fields: { day: string; text: string } | { id: string }): Promise<void> {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const response = await fetch("/notes", { method: "POST", body, headers: { accept: "application/json" } }).catch(
    () => {
      throw new Error("The server did not answer.");
    },
  );
  if (response.ok) return;
  const answer = (await response.json().catch(() => ({}))) as { message?: string };
  throw new Error(answer.message ?? "The server gave no reason.");
}

/** Writes a note and shows it. @throws Error with a sentence */
export async function writeNote({ day, text }: Pick<Note, "day" | "text">): Promise<void> {
  await send({ day, text });
  await invalidate("figures:live");
}

/** Takes a note away, which can be undone while that is said. */
export async function removeNote(note: Note): Promise<void> {
  const tell = (cause: unknown) => say((cause as Error).message);
  try {
    await send({ id: note.id });
    await invalidate("figures:live");
    say("Note removed.", { label: "Undo", run: () => void writeNote(note).catch(tell) });
  } catch (cause) {
    tell(cause);
  }
}
