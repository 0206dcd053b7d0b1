/** Where the API listens for tRPC, on the dashboard's own origin. Values travel as plain JSON: no transformer. */
export const trpcPath = "/trpc";
/** Where REST lives. */
export const restPath = "/api";
/** The page that says what every number means; each figure has a section of its name. */
export const metricsPath = "/docs/metrics";
