import type { RequestHandler } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, redirect } from "@sveltejs/kit";

/** Signs out, here or everywhere. */
export const POST: RequestHandler = async ({ request, locals }) => {
  const everywhere = (await request.formData()).has("everywhere");
  const { signOut, signOutEverywhere } = locals.api.access;
  await (everywhere ? signOutEverywhere : signOut).mutate({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    // Whose session has ended already is signed out.
    if (code !== "UNAUTHORIZED") error(statusOf(code), { message, request_id });
  });
  redirect(303, "/sign-in");
};
