import type { PageLoad } from "./$types";

/** What tells how to begin, or why there is nothing to see, is loaded only where there is nothing. */
export const load: PageLoad = async ({ data }) => ({
  ...data,
  Empty: data.empty && data.empty.kind !== "first" ? (await import("./Empty.svelte")).default : null,
  FirstActivity: data.empty?.kind === "first" ? (await import("./FirstActivity.svelte")).default : null,
});
