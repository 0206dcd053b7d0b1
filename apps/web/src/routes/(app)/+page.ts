import type { PageLoad } from "./$types";

/** Only an organisation that nothing has come to loads what tells how to begin. */
export const load: PageLoad = async ({ data }) => ({
  ...data,
  FirstActivity: data.empty?.kind === "first" ? (await import("./FirstActivity.svelte")).default : null,
});
