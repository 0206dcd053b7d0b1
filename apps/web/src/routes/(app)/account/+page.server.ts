import type { Actions, PageServerLoad, RequestEvent } from "./$types";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail, redirect } from "@sveltejs/kit";
import Bowser from "bowser";
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

const read = async ({ request }: RequestEvent) => {
  const form = await request.formData();
  return (name: string) => String(form.get(name) ?? "");
};

const refusal = (act: string, cause: unknown, given: { full_name?: string } = {}) => {
  const { message, known, errors } = answerOf(cause);
  const fields: Record<string, string> = Object.fromEntries((errors ?? []).map((one) => [one.path, one.message]));
  return fail(known ? 400 : 503, { act, said: null, message: errors?.length ? null : message, fields, given });
};

const done = (act: string, said: string) => ({ act, said, message: null, fields: {}, given: {} });

export const actions: Actions = {
  rename: async (event) => {
    const full_name = (await read(event))("full_name");
    try {
      await event.locals.api.account.rename.mutate({ full_name });
    } catch (cause) {
      return refusal("rename", cause, { full_name });
    }
    return done("rename", "Saved.");
  },
  password: async (event) => {
    const text = await read(event);
    const open = checkConnection(event.url);
    if (open) return fail(403, { act: "password", said: null, message: open.message, fields: {}, given: {} });
    try {
      const input = { current: text("current"), password: text("password") };
      await event.locals.api.account.changePassword.mutate(input);
    } catch (cause) {
      return refusal("password", cause);
    }
    return done("password", "Changed. All other sign-ins have ended.");
  },
  end: async (event) => {
    try {
      await event.locals.api.account.endLogin.mutate({ id: (await read(event))("id") });
    } catch (cause) {
      return refusal("end", cause);
    }
    redirect(303, "/account");
  },
  endOthers: async (event) => {
    try {
      await event.locals.api.account.endOtherLogins.mutate({});
    } catch (cause) {
      return refusal("end", cause);
    }
    redirect(303, "/account");
  },
};
