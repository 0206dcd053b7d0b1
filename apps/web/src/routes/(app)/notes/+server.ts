import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error } from "@sveltejs/kit";
import { textOf } from "../refusal.ts";

/** Writes a note below the charts; with an id it takes that one away. */
export const POST: RequestHandler = async ({ locals, request }) => {
  await locals.viewer();
  const form = await request.formData();
  const id = textOf(form, "id");
  try {
    if (id) await locals.api.annotations.remove.mutate({ id });
    else await locals.api.annotations.create.mutate({ day: textOf(form, "day"), text: textOf(form, "text") });
  } catch (cause) {
    const { code, message, request_id, errors } = answerOf(cause);
    error(statusOf(code), { message: errors?.[0] ? `The note ${errors[0].message}.` : message, request_id });
  }
  return new Response(null, { status: 204 });
};
