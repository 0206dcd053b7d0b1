import type { LayoutServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { mustRead } from "../../figures-page.ts";
import { error } from "@sveltejs/kit";

/** Whose page it is, for each of its tabs. */
export const load: LayoutServerLoad = async ({ locals, params, depends }) => {
  depends("user:state");
  const { permissions } = await locals.viewer();
  mustRead(permissions, "activities.read");
  const mayErase = permissions.includes("people.erase");
  const person = await locals.api.users.get.query({ user_id: params.id }).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    // Of who is erased there still is a receipt, for those who may see it.
    if (code === "NOT_FOUND" && mayErase) return null;
    if (code === "NOT_FOUND" || code === "BAD_REQUEST")
      error(404, {
        message: "No such person: they may have been deleted, or they belong to another organisation.",
        request_id,
      });
    error(statusOf(code), { message, request_id });
  });
  return { person, mayErase };
};
