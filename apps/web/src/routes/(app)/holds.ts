import type { Client } from "#lib/api.ts";
import { refusal, textOf } from "./refusal.ts";
import { redirect } from "@sveltejs/kit";

// Legal holds, on a person or the whole organisation, are placed and lifted by the same two forms.

type Asked = { api: Client; request: Request; back: string };
const words = { reason: "Say why, in at least three letters." };

/** Places a legal hold on a person, or on the organisation, and goes back; a refusal is shown beside the form. */
export async function placeHold({ api, request, back }: Asked, user?: string) {
  const reason = textOf(await request.formData(), "reason");
  try {
    await api.lifecycle.placeHold.mutate({ user, reason });
  } catch (cause) {
    return refusal("hold", cause, words);
  }
  redirect(303, back);
}

/** Lifts a legal hold and goes back; a refusal is shown beside the form. */
export async function liftHold({ api, request, back }: Asked) {
  const form = await request.formData();
  try {
    await api.lifecycle.liftHold.mutate({ id: textOf(form, "id"), reason: textOf(form, "reason") });
  } catch (cause) {
    return refusal("lift", cause, words);
  }
  redirect(303, back);
}
