import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf, settle } from "#lib/api.ts";
import { userLink } from "#lib/links.ts";
import { liftHold, placeHold } from "../../../holds.ts";
import { refusal, textOf } from "../../../refusal.ts";
import { erasureReasons, type ErasureReason } from "@twin/contracts/vocabulary";
import { error, redirect } from "@sveltejs/kit";

/** A person's exports, erasure and holds. */
export const load: PageServerLoad = async ({ locals, params, depends }) => {
  depends("user:state");
  const { permissions } = await locals.viewer();
  if (!permissions.includes("people.erase"))
    error(403, {
      message: "Owners and admins answer requests of people: export, erasure, legal hold. Ask one of them.",
    });
  const [privacy, holds] = await Promise.all([
    locals.api.users.privacy.query({ user_id: params.id }).catch((cause: unknown) => {
      const { code, message, request_id } = answerOf(cause);
      if (code === "NOT_FOUND" || code === "BAD_REQUEST")
        error(404, { message: "There is no such person.", request_id });
      error(statusOf(code), { message, request_id });
    }),
    settle(locals.api.lifecycle.holds.query({})),
  ]);
  const hold = holds.ok
    ? (holds.value.holds.find(({ person, lifted_at }) => person?.id === params.id && lifted_at === null) ?? null)
    : null;
  return { privacy, hold, now: Date.now(), mayOverrule: permissions.includes("people.overrule") };
};

const words = { email: "This isn’t their e-mail address: type it as it is shown." };

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
      return refusal("erase", cause, words);
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
  export: async ({ locals, params, url }) => {
    try {
      await locals.api.users.requestExport.mutate({ user_id: params.id });
    } catch (cause) {
      return refusal("export", cause);
    }
    redirect(303, userLink(params.id, url.searchParams, "privacy"));
  },
  placeHold: ({ request, locals: { api }, params, url }) =>
    placeHold({ api, request, back: userLink(params.id, url.searchParams, "privacy") }, params.id),
  liftHold: ({ request, locals: { api }, params, url }) =>
    liftHold({ api, request, back: userLink(params.id, url.searchParams, "privacy") }),
};
