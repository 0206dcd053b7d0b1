import type { Actions, PageServerLoad } from "./$types";
import { error, redirect } from "@sveltejs/kit";
import { refusal, textOf } from "../../refusal.ts";

/** Where a demonstration is told of, and removed by who owns it. */
export const load: PageServerLoad = async ({ locals }) => {
  const { organization, permissions } = await locals.viewer();
  if (!organization.is_demo) redirect(303, "/");
  if (!permissions.includes("organization.own"))
    error(403, { message: "An owner of the demonstration removes it. Ask one of them." });
};

export const actions: Actions = {
  default: async ({ locals, request }) => {
    try {
      const name = textOf(await request.formData(), "name");
      await locals.api.organization.removeDemonstration.mutate({ name });
    } catch (cause) {
      return refusal("remove", cause);
    }
    redirect(303, "/");
  },
};
