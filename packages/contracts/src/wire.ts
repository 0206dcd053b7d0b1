/** Where the API listens for tRPC, on the dashboard's own origin. Values travel as plain JSON: no transformer. */
export const trpcPath = "/trpc";
/** Where REST lives. */
export const restPath = "/api";
