import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { hereWith } from "#lib/links.ts";
import { keyOverlapHours, limits, scopes } from "@twin/contracts/vocabulary";
import { error, fail, redirect } from "@sveltejs/kit";
import { refusal, textOf } from "../../refusal.ts";
import { endOf, ends, type Ends, sourceOf } from "./words.ts";

const dialogs = ["new", "rotate", "revoke"] as const;

/** The organisation's keys; `open` in the address is the dialog that is shown, `key` the key that it is about. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { permissions } = await locals.viewer();
  if (!permissions.includes("keys.manage"))
    error(403, { message: "Owners and admins make and end API keys. Ask one of them." });
  const { keys } = await locals.api.keys.list.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  return {
    all: keys,
    open: dialogs.find((one) => one === url.searchParams.get("open")) ?? null,
    about: keys.find(({ id }) => id === url.searchParams.get("key")) ?? null,
    grants: scopes.filter((scope) => permissions.includes(scope)),
    requests: limits.keyRequests,
    now: Date.now(),
  };
};

const words = { name: "Say what the key is for.", scopes: "Choose at least one thing that it may do." };

export const actions: Actions = {
  create: async ({ locals, request }) => {
    const form = await request.formData();
    const name = textOf(form, "name");
    const asked = form.getAll("scope").map(String);
    const choice = Object.hasOwn(ends, textOf(form, "ends")) ? (textOf(form, "ends") as Ends) : "1y";
    const source = textOf(form, "source");
    try {
      const made = await locals.api.keys.create.mutate({
        name,
        source: source || sourceOf(name),
        scopes: scopes.filter((scope) => asked.includes(scope)),
        expires_at: endOf(choice, new Date()).toISOString(),
      });
      return { made: { ...made, replaced: null } };
    } catch (cause) {
      const { status, data } = refusal("new", cause, words);
      return fail(status, { ...data, typed: { name, source, scopes: asked, ends: choice } });
    }
  },
  rotate: async ({ locals, request }) => {
    const form = await request.formData();
    const hours = Number(textOf(form, "overlap"));
    try {
      const overlap_hours = keyOverlapHours.find((one) => one === hours) ?? 24;
      return { made: await locals.api.keys.rotate.mutate({ id: textOf(form, "id"), overlap_hours }) };
    } catch (cause) {
      return refusal("rotate", cause);
    }
  },
  revoke: async ({ locals, request, url }) => {
    const form = await request.formData();
    const id = textOf(form, "id");
    try {
      const { keys } = await locals.api.keys.list.query({});
      const key = keys.find((one) => one.id === id);
      // An old key that another one replaces is missed by nobody who sends the new one.
      if (key && key.replaced_by === null && textOf(form, "typed") !== key.name)
        return fail(400, { about: "revoke", field: "typed", message: "Type its name as it stands above." });
      await locals.api.keys.revoke.mutate({ id });
    } catch (cause) {
      return refusal("revoke", cause);
    }
    redirect(303, hereWith(url, {}));
  },
};
