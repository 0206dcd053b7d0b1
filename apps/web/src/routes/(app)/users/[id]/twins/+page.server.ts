import type { PageServerLoad } from "./$types";
import { whoIsHere } from "../person.ts";

export const load: PageServerLoad = async ({ params, url, parent }) => ({
  person: whoIsHere((await parent()).person, url, params.id),
});
