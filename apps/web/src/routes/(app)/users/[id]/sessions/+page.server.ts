import type { PageServerLoad } from "./$types";
import { settle } from "#lib/api.ts";
import { whoIsHere } from "../person.ts";

/** A person's sessions, page by page. */
export const load: PageServerLoad = async ({ locals, params, url, parent }) => {
  const cursor = url.searchParams.get("cursor") ?? undefined;
  const [sessions, { person }] = await Promise.all([
    settle(locals.api.users.sessions.query({ user_id: params.id, limit: 50, cursor })),
    parent(),
  ]);
  return { person: whoIsHere(person, url, params.id), sessions, firstPage: cursor === undefined };
};
