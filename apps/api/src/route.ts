import { limits } from "@twin/contracts/vocabulary";
import { trpcPath } from "@twin/contracts/wire";
import { matchedRoutes } from "hono/route";
import { calledIn, isCall } from "./calls.ts";
import type { Http } from "./request.ts";

/** The problem for a path or a procedure that doesn't exist. */
const unmatched = "unmatched";

/**
 * What a request asked for, for logs: the route's pattern, or the names of procedures. The rest of an address was typed by
 * somebody, and may name people.
 */
export function routeOf(c: Http): string {
  const { path } = c.req;
  if (path.startsWith(`${trpcPath}/`)) {
    const names = calledIn(path).map((name) => (isCall(name) ? name : unmatched));
    return `${trpcPath}/${names.slice(0, limits.batchCalls).join(",")}`;
  }
  const pattern = matchedRoutes(c)
    .map((route) => route.path)
    .findLast((route) => !route.includes("*"));
  return pattern ?? unmatched;
}
