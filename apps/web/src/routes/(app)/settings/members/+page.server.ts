import type { Actions, PageServerLoad, RequestEvent } from "./$types";
import { type Role, roles } from "@twin/contracts/vocabulary";
import { membersLink } from "#lib/links.ts";
import { answerOf, statusOf } from "#lib/api.ts";
import { error, fail, redirect } from "@sveltejs/kit";

/** Members and open invitations; `open` in the address is the member whose rights are shown. */
export const load: PageServerLoad = async ({ locals, url }) => {
  const { permissions, account } = await locals.viewer();
  if (!permissions.includes("members.write"))
    error(403, { message: "Owners and admins see and change who is a member. Ask one of them." });
  const { members, invitations, mail } = await locals.api.members.list.query({}).catch((cause: unknown) => {
    const { code, message, request_id } = answerOf(cause);
    error(statusOf(code), { message, request_id });
  });
  const open = members.find(({ account_id }) => account_id === url.searchParams.get("open")) ?? null;
  return { members, invitations, mail, open, self: account.id, owns: permissions.includes("organization.own") };
};

type Event = RequestEvent;

const read = async ({ request }: Event) => {
  const form = await request.formData();
  const text = (name: string) => String(form.get(name) ?? "").trim();
  const role = roles.find((one) => one === text("role")) as Role;
  const granted = { content_read: form.has("content_read"), titles_read: form.has("titles_read") };
  return { text, has: (name: string) => form.has(name), role, granted };
};

const refusal = (act: string, cause: unknown) => {
  const { message, known, errors } = answerOf(cause);
  return fail(known ? 400 : 503, { act, message: errors?.[0]?.message ?? message, link: null, email: null });
};

const isConfirmed = (text: (name: string) => string): boolean =>
  text("email").toLowerCase() === text("typed").toLowerCase();
const unconfirmed = (act: string) =>
  fail(400, { act, message: "Type their e-mail address as it stands above.", link: null, email: null });

const done = (act: string, email: string | null = null, link: string | null = null) => ({
  act,
  message: null,
  email,
  link,
});

export const actions: Actions = {
  invite: async (event) => {
    const { text, role, granted } = await read(event);
    try {
      const input = { email: text("email"), role, ...granted };
      const { token, email } = await event.locals.api.members.invite.mutate(input);
      return done("invite", email, token && `${event.url.origin}/join?${new URLSearchParams({ token })}`);
    } catch (cause) {
      return refusal("invite", cause);
    }
  },
  revoke: async (event) => {
    const { text } = await read(event);
    try {
      await event.locals.api.members.revokeInvitation.mutate({ id: text("id") });
      return done("revoke");
    } catch (cause) {
      return refusal("revoke", cause);
    }
  },
  change: async (event) => {
    const { text, has, role, granted } = await read(event);
    try {
      const account_id = text("account_id");
      await event.locals.api.members.change.mutate({ account_id, role, ...granted, active: has("active") });
    } catch (cause) {
      return refusal("change", cause);
    }
    redirect(303, membersLink(event.url.searchParams));
  },
  handOver: async (event) => {
    const { text } = await read(event);
    if (!isConfirmed(text)) return unconfirmed("handOver");
    try {
      await event.locals.api.members.handOver.mutate({ account_id: text("account_id") });
    } catch (cause) {
      return refusal("handOver", cause);
    }
    redirect(303, membersLink(event.url.searchParams));
  },
  remove: async (event) => {
    const { text } = await read(event);
    if (!isConfirmed(text)) return unconfirmed("remove");
    try {
      await event.locals.api.members.remove.mutate({ account_id: text("account_id") });
    } catch (cause) {
      return refusal("remove", cause);
    }
    redirect(303, membersLink(event.url.searchParams));
  },
};
