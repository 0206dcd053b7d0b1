import type { PageServerLoad } from "./$types";
import { whoIsHere } from "../person.ts";

/** A person's twins. */
export const load: PageServerLoad = async ({ params, url, parent }) => ({
  person: whoIsHere((await parent()).person, url, params.id),
});
