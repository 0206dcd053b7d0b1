import type { IncomingMessage } from "node:http";
import { randomUUID } from "node:crypto";
import { generateCookie, getCookie } from "hono/cookie";
import type { Context as HonoContext } from "hono";
import { absoluteMs } from "@twin/db/access/sessions";
import { HttpProblem } from "./errors.ts";

/** What the HTTP server adds to a request; absent where the app is called directly. */
export type Bindings = { incoming?: Pick<IncomingMessage, "socket"> };
export type Variables = { request_id: string; origin: Origin; set_cookie?: string };
export type Http = HonoContext<{ Bindings: Bindings; Variables: Variables }>;

/** Where a request came from, as the browser sees it. */
export type Origin = { protocol: "http" | "https"; host: string; ip: string | undefined; loopback: boolean };

const isLoopback = (name: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d{1,3}){3}|\[?::1\]?|\[?::ffff:127(\.\d{1,3}){3}\]?)$/i.test(name);
const last = (list: string | undefined): string | undefined => list?.split(",").at(-1)?.trim() || undefined;

/**
 * Reads where a request came from. What X-Forwarded-* say counts from a proxy that we were told to trust, and from this
 * machine itself: the dashboard asks for its visitors from there.
 */
export function originOf(c: Http, trustProxy: boolean): Origin {
  const peer = c.env?.incoming?.socket.remoteAddress?.replace(/^::ffff:/, "");
  const trusted = trustProxy || (peer !== undefined && isLoopback(peer));
  const forwarded = (name: string) => (trusted ? last(c.req.header(name)) : undefined);
  const ip = forwarded("x-forwarded-for") ?? peer;
  const host = c.req.header("host") ?? new URL(c.req.url).host;
  const protocol = forwarded("x-forwarded-proto") === "https" ? "https" : "http";
  return {
    protocol,
    host,
    ip: ip && /^[\d.:a-f]+$/i.test(ip) ? ip : undefined,
    loopback: isLoopback(host.replace(/:\d+$/, "")),
  };
}

/** The caller's request id where it is a sensible one, so that its logs and ours meet; else a new one. */
export const requestIdOf = (c: Http): string => {
  const given = c.req.header("x-request-id");
  return given && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
};

const cookieName = "twin_session";

/** The session token of a request. Over https only the `__Host-` cookie counts, which no other host can plant. */
export const tokenOf = (c: Http): string | undefined =>
  getCookie(c, cookieName, "host") ?? (c.get("origin").protocol === "http" ? getCookie(c, cookieName) : undefined);

/**
 * Notes the cookie that gives a browser its session, or takes it away (null), for when the answer is there.
 * @throws FORBIDDEN over plain http from another machine, where a token could be read on the way
 */
export function keepToken(c: Http, token: string | null): void {
  const { protocol, loopback } = c.get("origin");
  if (protocol === "http" && !loopback) {
    throw new HttpProblem("FORBIDDEN", 403, "signing in needs https, or a browser on the machine itself");
  }
  const maxAge = token === null ? 0 : absoluteMs / 1000;
  const options = { path: "/", httpOnly: true, sameSite: "Lax", maxAge } as const;
  const cookie =
    protocol === "https"
      ? generateCookie(cookieName, token ?? "", { ...options, secure: true, prefix: "host" })
      : generateCookie(cookieName, token ?? "", options);
  c.set("set_cookie", cookie);
}

/**
 * Refuses a change that another site's page makes a browser ask for. A browser names the page's origin; whoever sends
 * a session cookie without an origin is none that we know.
 * @throws FORBIDDEN
 */
export function checkOrigin(c: Http): void {
  // A key in Authorization is no ambient right: a browser adds none by itself.
  if (/^(GET|HEAD|OPTIONS)$/.test(c.req.method) || c.req.header("authorization") !== undefined) return;
  const given = c.req.header("origin");
  const { protocol, host } = c.get("origin");
  const hasCookie = getCookie(c, cookieName, "host") !== undefined || getCookie(c, cookieName) !== undefined;
  if (given === undefined && !hasCookie) return;
  const url = given !== undefined && URL.canParse(given) ? new URL(given) : null;
  if (url?.host === host && url.protocol === `${protocol}:`) return;
  const reason =
    given === undefined
      ? "a change by session cookie needs an Origin header"
      : url?.host === host
        ? "the page came over https and the request didn't: behind a proxy, set TRUST_PROXY=1"
        : "not from another site's page";
  throw new HttpProblem("FORBIDDEN", 403, reason);
}
