import type { Actions, PageServerLoad } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail, redirect } from "@sveltejs/kit";
import Bowser from "bowser";
import { refusal, textOf } from "../refusal.ts";
import { checkConnection } from "../../sign-in/connection.ts";

/** "Firefox 140 on Windows"; what calls itself otherwise is shown as it does. */
function browserName(user_agent: string | null): string {
  if (!user_agent) return "Unknown browser";
  const { browser, os } = Bowser.parse(user_agent);
  if (!browser.name) return user_agent.slice(0, 60);
  const named = [browser.name, browser.version?.split(".")[0]].filter(Boolean).join(" ");
  return os.name ? `${named} on ${os.name}` : named;
}

/** One's own account: name, password, where it is signed in and who tried. */
export const load: PageServerLoad = async ({ locals }) => {
  const { logins, ...account } = await locals.api.account.read.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  return {
    account,
    logins: logins.map(({ user_agent, ...login }) => ({ ...login, browser: browserName(user_agent) })),
  };
};

const done = (about: string, said: string) => ({ about, said, field: null, message: null, typed: null });
const notDone = (about: string, cause: unknown, typed: string | null = null) => {
  const words = { full_name: "Say what you are called.", password: "It must have at least 12 characters." };
  const { status, data } = refusal(about, cause, words);
  return fail(status, { ...data, said: null, typed });
};

export const actions: Actions = {
  rename: async ({ locals, request }) => {
    const full_name = textOf(await request.formData(), "full_name");
    try {
      await locals.api.account.rename.mutate({ full_name });
    } catch (cause) {
      return notDone("rename", cause, full_name);
    }
    return done("rename", "Saved.");
  },
  password: async ({ locals, request, url }) => {
    const form = await request.formData();
    const text = (name: string) => String(form.get(name) ?? "");
    const open = checkConnection(url);
    if (open) return fail(403, { ...done("password", ""), said: null, message: open.message });
    try {
      await locals.api.account.changePassword.mutate({ current: text("current"), password: text("password") });
    } catch (cause) {
      return notDone("password", cause);
    }
    return done("password", "Changed. All other sign-ins have ended.");
  },
  end: async ({ locals, request }) => {
    try {
      await locals.api.account.endLogin.mutate({ id: textOf(await request.formData(), "id") });
    } catch (cause) {
      return notDone("end", cause);
    }
    redirect(303, "/account");
  },
  endOthers: async ({ locals }) => {
    try {
      await locals.api.account.endOtherLogins.mutate({});
    } catch (cause) {
      return notDone("end", cause);
    }
    redirect(303, "/account");
  },
};
