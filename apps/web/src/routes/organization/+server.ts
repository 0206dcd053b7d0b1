import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, redirect } from "@sveltejs/kit";

/** Another organisation begins at its Overview: filters of one mean nothing in another. */
export const POST: RequestHandler = async ({ request, locals }) => {
  const slug = String((await request.formData()).get("slug") ?? "");
  await locals.api.access.selectOrganization.mutate({ slug }).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  redirect(303, "/");
};
