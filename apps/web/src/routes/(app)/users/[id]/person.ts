import type { UserDetail } from "@twin/contracts/users";
import { userLink } from "#lib/links.ts";
import { redirect } from "@sveltejs/kit";

/** The person of the page; of who is erased nothing is left but the receipt. */
export function whoIsHere(person: UserDetail | null, url: URL, id: string): UserDetail {
  if (!person) redirect(307, userLink(id, url.searchParams, "privacy"));
  return person;
}
