import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail, redirect } from "@sveltejs/kit";
import { checkConnection } from "../sign-in/connection.ts";

/** What the invitation is for; nobody's once it has ended. To look spends nothing. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const token = url.searchParams.get("token") ?? "";
  const invited = await locals.api.members.invitation.query({ token: token || "none" }).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    if (code === "NOT_FOUND" || code === "BAD_REQUEST") return null;
    error(statusOf(code), { message, request_id });
  });
  return { token, invited, host: url.host };
};

export const actions: Actions = {
  default: async ({ request, locals, url }) => {
    const form = await request.formData();
    const text = (name: string) => String(form.get(name) ?? "");
    const full_name = text("full_name").trim();
    const open = checkConnection(url);
    if (open) return fail(403, { message: open.message, fields: {}, full_name, request_id: null });
    try {
      const input = { token: text("token"), password: text("password"), ...(full_name && { full_name }) };
      await locals.api.members.accept.mutate(input);
    } catch (cause) {
      const { code, message, request_id, errors } = answerOf(cause);
      const fields = Object.fromEntries((errors ?? []).map((one) => [one.path, one.message]));
      return fail(code === "INTERNAL" || code === "UNAVAILABLE" ? 503 : 400, {
        message: errors?.length ? null : message,
        fields,
        full_name,
        request_id: code === "INTERNAL" ? request_id : null,
      });
    }
    redirect(303, "/");
  },
};
