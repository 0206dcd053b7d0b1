import { answerOf, statusOf } from "#lib/api.ts";
import { fail } from "@sveltejs/kit";

/** What a form says where its action was refused. `about` is the form; `field` the input that is wrong, if it is one. */
export function refusal(about: string, cause: unknown, words: Record<string, string> = {}) {
  const { code, message, request_id, errors } = answerOf(cause);
  const status = statusOf(code);
  const field = errors?.[0]?.path ?? null;
  const said = field ? words[field] : undefined;
  return fail(status, {
    about,
    field,
    message: said ?? (status === 503 && request_id ? `${message} (${request_id})` : message),
  });
}

/** A field of a form, trimmed; empty where it is missing. */
export const textOf = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
