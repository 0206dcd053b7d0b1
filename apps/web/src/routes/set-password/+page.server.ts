import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail, redirect } from "@sveltejs/kit";
import { checkConnection } from "../sign-in/connection.ts";

/** Whose password the link is for; nobody's once it has ended. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const token = url.searchParams.get("token") ?? "";
  const whose = await locals.api.access.passwordLink.query({ token: token || "none" }).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    // A link that has ended is no trouble of the server's: the page says how to get another one.
    if (code === "NOT_FOUND" || code === "BAD_REQUEST") return null;
    error(statusOf(code), { message, request_id });
  });
  return { token, email: whose?.email ?? null, host: url.host };
};

export const actions: Actions = {
  default: async ({ request, locals, url }) => {
    const form = await request.formData();
    const [token, password] = [String(form.get("token") ?? ""), String(form.get("password") ?? "")];
    const open = checkConnection(url);
    if (open) return fail(403, { message: open.message, wrong: null, request_id: null });
    try {
      await locals.api.access.setPassword.mutate({ token, password });
    } catch (cause) {
      const { code, message, request_id, errors } = answerOf(cause);
      const wrong = errors?.find((one) => one.path === "password")?.message ?? null;
      return fail(code === "INTERNAL" || code === "UNAVAILABLE" ? 503 : 400, {
        message: wrong === null ? message : null,
        wrong,
        request_id: code === "INTERNAL" ? request_id : null,
      });
    }
    redirect(303, "/");
  },
};
