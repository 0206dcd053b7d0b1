import { AsyncLocalStorage } from "node:async_hooks";
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { generateCookie, getCookie } from "hono/cookie";
import type { Context as HonoContext } from "hono";
import { absoluteMs } from "@twin/db/access/logins";
import type { Share } from "./budget.ts";
import type { Inputs } from "./calls.ts";
import { HttpProblem } from "./errors.ts";
import { type Reach, type Visitor, visitorOf } from "./visitor.ts";

/** What the HTTP server knows of a request; absent where the app is called directly. */
export type Bindings = { incoming?: Pick<IncomingMessage, "socket"> };
export type Variables = {
  request_id: string;
  origin: Visitor;
  set_cookies?: string[];
  /** This request's share of the budget for bodies. */
  share: Share;
  inputs?: Inputs;
};
export type Http = HonoContext<{ Bindings: Bindings; Variables: Variables }>;

/** Where a request came from. */
export const originOf = (c: Http, reach: Reach): Visitor =>
  visitorOf(
    {
      peer: c.env?.incoming?.socket.remoteAddress,
      header: (name) => c.req.header(name) ?? (name === "host" ? new URL(c.req.url).host : undefined),
    },
    reach,
  );

/** The caller's request id where it is a valid one, so that its logs match ours; else a new one. */
export const requestIdOf = (c: Http): string => {
  const given = c.req.header("x-request-id");
  return given && /^[\w.-]{8,64}$/.test(given) ? given : randomUUID();
};

/** The id of the current request, for errors before anything else is known of it. */
export const requestAtWork = new AsyncLocalStorage<string>();

const sessionCookie = "twin_session";
const deviceCookie = "twin_device";
const deviceMs = 400 * 86_400_000;

/** A cookie of a request. Over https only the `__Host-` one counts, which no other host can plant. */
const cookieOf = (c: Http, name: string): string | undefined =>
  getCookie(c, name, "host") ?? (c.get("origin").protocol === "http" ? getCookie(c, name) : undefined);

/** The session token of a request. */
export const tokenOf = (c: Http): string | undefined => cookieOf(c, sessionCookie);
/** The device token that a browser kept from an earlier sign-in. */
export const deviceOf = (c: Http): string | undefined => cookieOf(c, deviceCookie);

/** Stores cookies to be sent with the answer: the session (null deletes it), and the device token. */
export type KeepCookies = (token: string | null, device?: string) => void;

/**
 * Asks whether the browser may get a session, before anything is changed.
 * @throws FORBIDDEN over plain http from another machine, where a token could be read on the way
 */
export function cookieJar(c: Http): KeepCookies {
  const { protocol, loopback } = c.get("origin");
  if (protocol === "http" && !loopback) {
    throw new HttpProblem("FORBIDDEN", 403, "signing in needs https, or a browser on the machine itself");
  }
  const cookie = (name: string, value: string, maxAge: number) => {
    const options = { path: "/", httpOnly: true, sameSite: "Lax", maxAge } as const;
    return protocol === "https"
      ? generateCookie(name, value, { ...options, secure: true, prefix: "host" })
      : generateCookie(name, value, options);
  };
  return (token, device) =>
    c.set("set_cookies", [
      cookie(sessionCookie, token ?? "", token === null ? 0 : absoluteMs / 1000),
      ...(device === undefined ? [] : [cookie(deviceCookie, device, deviceMs / 1000)]),
    ]);
}

/**
 * Refuses a change that a page of another site makes a browser send. A browser names the page's origin; a session cookie
 * without an origin comes from no page of ours.
 * @throws FORBIDDEN
 */
export function checkOrigin(c: Http): void {
  // A browser doesn't add a key in Authorization by itself, as it does cookies.
  if (/^(GET|HEAD|OPTIONS)$/.test(c.req.method) || c.req.header("authorization") !== undefined) return;
  const given = c.req.header("origin");
  const { protocol, host } = c.get("origin");
  const hasCookie = getCookie(c, sessionCookie, "host") !== undefined || getCookie(c, sessionCookie) !== undefined;
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
