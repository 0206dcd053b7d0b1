/** Where the API listens for tRPC, on the dashboard's own origin. Values travel as plain JSON: no transformer. */
export const trpcPath = "/trpc";
/** Where REST lives. */
export const restPath = "/api";
/** The page that says what every number means; each figure has a section of its name. */
export const metricsPath = "/docs/metrics";

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** Whether a reference looks like an id of ours; a sender's may look so, too. */
export const isId = (reference: string): boolean => uuid.test(reference);
