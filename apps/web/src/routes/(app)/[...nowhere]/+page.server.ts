import { error } from "@sveltejs/kit";
import type { PageServerLoad } from "./$types";

/** An address that leads nowhere says so inside the shell, to who is signed in. */
export const load: PageServerLoad = async ({ locals }) => {
  await locals.viewer();
  error(404, { message: "There is nothing at this address." });
};
