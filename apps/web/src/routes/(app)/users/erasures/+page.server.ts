import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail } from "@sveltejs/kit";

/** Erasures that were asked for and done. */
export const load: PageServerLoad = async ({ locals }) => {
  const { permissions } = await locals.viewer();
  if (!permissions.includes("people.erase"))
    error(403, { message: "Owners and admins answer requests of people. Ask one of them." });
  const erasures = await locals.api.users.erasures.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  return { erasures, now: Date.now(), mayLift: permissions.includes("people.overrule") };
};

export const actions: Actions = {
  /** Lets records of an erased person in again. */
  lift: async ({ request, locals }) => {
    const email = String((await request.formData()).get("email") ?? "").trim();
    try {
      await locals.api.users.liftTombstone.mutate({ email });
      return { email, message: null };
    } catch (cause) {
      const { message, known } = answerOf(cause);
      return fail(known ? 400 : 503, { email, message });
    }
  },
};
