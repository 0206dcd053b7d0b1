import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail } from "@sveltejs/kit";

/** Whether this server sends letters. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { mail } = await locals.api.access.state.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  return { mail, host: url.host };
};

export const actions: Actions = {
  default: async ({ request, locals }) => {
    const email = String((await request.formData()).get("email") ?? "").trim();
    try {
      await locals.api.access.askPasswordLetter.mutate({ email });
    } catch (cause) {
      const { code, message, request_id, errors } = answerOf(cause);
      return fail(code === "INTERNAL" || code === "UNAVAILABLE" ? 503 : 400, {
        message: errors?.[0] ? `The address ${errors[0].message}` : message,
        email,
        asked: false,
        request_id: code === "INTERNAL" ? request_id : null,
      });
    }
    return { message: null, email, asked: true, request_id: null };
  },
};
