import type { Actions, PageServerLoad } from "./$types";
import { answerOf } from "#lib/api.ts";
import { userLink } from "#lib/links.ts";
import { erasureReasons, type ErasureReason } from "@twin/contracts/vocabulary";
import { error, fail, redirect } from "@sveltejs/kit";

export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends("user:state");
  const { permissions } = await locals.viewer();
  if (!permissions.includes("people.erase"))
    error(403, {
      message: "Owners and admins answer requests of people: export, erasure, legal hold. Ask one of them.",
    });
  const privacy = await locals.api.users.privacy.query({ user_id: params.id }).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    if (code === "NOT_FOUND" || code === "BAD_REQUEST") error(404, { message: "There is no such person.", request_id });
    error(503, { message, request_id });
  });
  return { privacy, now: Date.now(), mayOverrule: permissions.includes("people.overrule") };
};

const textOf = (form: FormData, name: string) => String(form.get(name) ?? "").trim();

/** What an action says where it was refused; `about` is the form that asked. */
function refusal(about: string, cause: unknown) {
  const { code, message, request_id, errors } = answerOf(cause);
  const status = code === "FORBIDDEN" ? 403 : code === "BAD_REQUEST" ? 400 : code === "CONFLICT" ? 409 : 503;
  const named = errors?.[0];
  return fail(status, {
    about,
    field: named?.path ?? null,
    message:
      named?.path === "email"
        ? "This isn’t their e-mail address: type it as it is shown."
        : request_id && status === 503
          ? `${message} (${request_id})`
          : message,
  });
}

export const actions: Actions = {
  /** Out of every list at once; rows and keys go after the days of grace. */
  erase: async ({ request, locals, params, url }) => {
    const form = await request.formData();
    const reason = textOf(form, "reason");
    try {
      await locals.api.users.erase.mutate({
        user_id: params.id,
        email: textOf(form, "email"),
        reason: (reason in erasureReasons ? reason : "asked_by_person") as ErasureReason,
        immediately: form.get("immediately") !== null,
      });
    } catch (cause) {
      return refusal("erase", cause);
    }
    redirect(303, userLink(params.id, url.searchParams, "privacy"));
  },
  undo: async ({ locals, params, url }) => {
    try {
      await locals.api.users.undoErasure.mutate({ user_id: params.id });
    } catch (cause) {
      return refusal("undo", cause);
    }
    redirect(303, userLink(params.id, url.searchParams, "privacy"));
  },
};
