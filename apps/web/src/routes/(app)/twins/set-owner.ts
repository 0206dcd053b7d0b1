import { hereWith } from "#lib/links.ts";
import { redirect, type RequestEvent } from "@sveltejs/kit";
import { refusal, textOf } from "../refusal.ts";

const words = { owner: "Nobody who is here has this address." };

/** The form that puts right whose a twin is, on the list of twins and on the twin's page. */
export async function setOwner({ request, locals, url }: RequestEvent) {
  const form = await request.formData();
  try {
    await locals.api.twins.setOwner.mutate({ twin: textOf(form, "twin"), owner: textOf(form, "owner") });
  } catch (cause) {
    return refusal("owner", cause, words);
  }
  redirect(303, hereWith(url, {}));
}
