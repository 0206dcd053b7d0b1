import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { whoIsHere } from "./person.ts";

/** A person's year, months and latest sessions. */
export const load: PageServerLoad = async ({ locals, params, url, parent }) => {
  const [days, months, sessions, { person }] = await Promise.all([
    settle(locals.api.users.days.query({ user_id: params.id })),
    settle(locals.api.users.months.query({ user_id: params.id })),
    settle(locals.api.users.sessions.query({ user_id: params.id, limit: 6 })),
    parent(),
  ]);
  return { person: whoIsHere(person, url, params.id), days, months, sessions };
};
