import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { safeReturn } from "#lib/links.ts";
import { checkConnection } from "./connection.ts";
import { error, fail, redirect } from "@sveltejs/kit";

/** What the sign-in page must know: whether there is an owner yet, and the logins of the demonstration. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const state = await locals.api.access.state.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  return {
    state,
    to: safeReturn(url.searchParams.get("to")),
    setup: url.searchParams.get("setup") ?? "",
    host: url.host,
  };
};

const textOf = (form: FormData, name: string) => String(form.get(name) ?? "");

export const actions: Actions = {
  signIn: async ({ request, locals, url }) => {
    const form = await request.formData();
    const email = textOf(form, "email");
    // Where one was going, also after a wrong password.
    const to = safeReturn(textOf(form, "to"));
    const open = checkConnection(url);
    if (open) return fail(403, { email, to, ...open });
    try {
      await locals.api.access.signIn.mutate({ email, password: textOf(form, "password") });
    } catch (cause) {
      const { code, message, request_id } = answerOf(cause);
      // One sentence for an unknown address and a wrong password alike.
      if (code === "UNAUTHORIZED" || code === "BAD_REQUEST")
        return fail(400, {
          email,
          to,
          message: "That e-mail and password do not match.",
          request_id: null,
          fields: {},
        });
      return fail(code === "TOO_MANY_REQUESTS" ? 429 : 503, { email, to, message, request_id, fields: {} });
    }
    redirect(303, to);
  },
  createOwner: async ({ request, locals, url }) => {
    const form = await request.formData();
    const names = ["email", "password", "full_name", "organization_name", "slug", "timezone", "setup_token"] as const;
    const input = Object.fromEntries(names.map((name) => [name, textOf(form, name)])) as Record<
      (typeof names)[number],
      string
    >;
    const open = checkConnection(url);
    if (open) return fail(403, open);
    try {
      await locals.api.access.createOwner.mutate(input);
    } catch (cause) {
      const { message, request_id, errors } = answerOf(cause);
      const { password: _, ...kept } = input;
      const fields = Object.fromEntries((errors ?? []).map((one) => [one.path, one.message]));
      return fail(400, {
        ...kept,
        message: errors?.length ? "Some fields need another look." : message,
        request_id,
        fields,
      });
    }
    redirect(303, "/");
  },
};
